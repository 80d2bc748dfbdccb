/// What a guard found by looking at who uses a function.
package struct UseFinding: Hashable, Sendable {
    package let verdict: GuardVerdict
    package let evidence: [Evidence]
    /// Whether an override may pass over it; never for the disk of `/`, `/boot` or `/usr`.
    package let isOverridable: Bool
    /// Whether something that the job needs is missing, rather than in use.
    package let isAbsence: Bool

    package init(
        _ verdict: GuardVerdict, _ evidence: [Evidence] = [], isOverridable: Bool = true, isAbsence: Bool = false
    ) {
        self.verdict = verdict
        self.evidence = evidence
        self.isOverridable = isOverridable
        self.isAbsence = isAbsence
    }

    /// A sentence for each piece of evidence.
    package var texts: [String] { evidence.map(\.text) }

    /// The same as files keep it.
    package var recorded: UseFinding { replacing(evidence.map(\.recorded)) }

    /// The same with other evidence.
    package func replacing(_ evidence: [Evidence]) -> UseFinding {
        UseFinding(verdict, evidence, isOverridable: isOverridable, isAbsence: isAbsence)
    }

    /// Whether neither an override nor a policy may pass over it.
    package var isFirm: Bool { verdict == .busy && !isOverridable }
}
