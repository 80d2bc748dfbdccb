/// What a guard found by looking at who uses a function.
package struct UseFinding: Hashable, Sendable {
    package let verdict: GuardVerdict
    /// Sentences that name the thing: `nvme0n1p2 is mounted on /var`.
    package let evidence: [String]
    /// Whether an override may pass over it; never for the disk of `/`, `/boot` or `/usr`.
    package let isOverridable: Bool
    /// Whether something that the job needs is missing, rather than in use.
    package let isAbsence: Bool

    package init(
        _ verdict: GuardVerdict, _ evidence: [String] = [], isOverridable: Bool = true, isAbsence: Bool = false
    ) {
        self.verdict = verdict
        self.evidence = evidence.map(\.printable)
        self.isOverridable = isOverridable
        self.isAbsence = isAbsence
    }

    /// Whether neither an override nor a policy may pass over it.
    package var isFirm: Bool { verdict == .busy && !isOverridable }
}
