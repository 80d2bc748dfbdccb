package import Passthrough

/// Checks a host and its policies, and reports errors, warnings and information.
package struct Checkup: Sendable {
    let surroundings: Surroundings
    /// Whether the host configuration was not read, as in a snapshot of functions only.
    let isBlind: Bool
    let snapshot: HostSnapshot
    let policies: PolicySet
    /// Nil where the policies are invalid.
    let plan: HostPlan?
    let decided: [PCIAddress: FunctionPlan]

    package init(_ surroundings: Surroundings?, _ snapshot: HostSnapshot, _ policies: PolicySet, _ plan: HostPlan?) {
        self.surroundings = surroundings ?? Surroundings()
        isBlind = surroundings == nil
        self.snapshot = snapshot
        self.policies = policies
        self.plan = plan
        decided = Dictionary(
            (plan?.functions ?? []).map { ($0.function.address, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Errors first, then warnings, then information.
    package func findings(policyErrors: [String], policyWarnings: [String], damaged: [String]) -> [Finding] {
        var findings = policyErrors.map {
            Finding(
                "policy-invalid", .error, $0, evidence: [Checkup.place(in: $0)],
                fix: "correct the file; until then nothing is applied")
        }
        findings += policyWarnings.map {
            Finding(
                "policy-warning", .warning, $0, evidence: [Checkup.place(in: $0)],
                fix: "vfio-rebind-policy(5) says what is expected")
        }
        findings += damaged.map {
            Finding(
                "record-damaged", .warning, $0, evidence: [Checkup.place(in: $0)],
                fix: "remove the file; the function stays as it is")
        }
        findings += isBlind ? [unseen] : iommu + vfio + nodes
        if plan != nil { findings += policyFindings }
        if plan != nil, !isBlind { findings += boot }
        findings += others
        return findings.enumerated().sorted { left, right in
            let severities = (left.element.severity, right.element.severity)
            return severities.0 == severities.1 ? left.offset < right.offset : severities.0 < severities.1
        }.map(\.element)
    }

    private var unseen: Finding {
        Finding(
            "surroundings-unknown", .info,
            "the snapshot has no host configuration: IOMMU, vfio-pci and boot checks are skipped",
            evidence: ["its surroundings are null"])
    }

    /// The file and line that a message begins with.
    private static func place(in message: String) -> String {
        message.firstRange(of: ": ").map { String(message[..<$0.lowerBound]) } ?? message
    }

    /// Some of many sentences.
    func some(_ sentences: [String]) -> [String] {
        sentences.count <= 9 ? sentences : sentences.prefix(8) + ["and \(sentences.count - 8) more"]
    }
}
