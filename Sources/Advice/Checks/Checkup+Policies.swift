import Passthrough

extension Checkup {
    /// Shadowed policies, policies without a function, and whether the udev rule or the monitor is installed.
    var policyFindings: [Finding] {
        guard !policies.policies.isEmpty else {
            return [
                Finding(
                    "policy-none", .info, "there are no policies: nothing is bound",
                    fix: "write the first into /etc/vfio-rebind/policy.d/10-first.toml")
            ]
        }
        var findings: [Finding] = []
        let deciding = Set(
            snapshot.functions.compactMap {
                policies.first(for: $0, recordedDriver: snapshot.recordedDriver(of: $0.address))?.name
            })
        for (position, policy) in policies.policies.enumerated() {
            if let shadow = policies.shadow(of: position) {
                findings.append(
                    Finding(
                        "policy-shadowed", .warning,
                        "policy \(policy.name) has no effect: \(shadow.name), before it, matches everything that it matches",
                        evidence: [place(policy), place(shadow)], fix: "put it before \(shadow.name), or remove it"))
            } else if !deciding.contains(policy.name) {
                findings.append(unused(policy))
            }
        }
        if !surroundings.hasRule, !isBlind {
            findings.append(
                Finding(
                    "rule-missing", .warning,
                    "the udev rule is not installed: only the monitor handles new cards",
                    evidence: ["no 60-vfio-rebind.rules in the directories of udev rules"],
                    fix:
                        "install 60-vfio-rebind.rules into /etc/udev/rules.d (packages include it), or start vfio-rebind.service"
                ))
        }
        return findings
    }

    private func unused(_ policy: Policy) -> Finding {
        let matching = snapshot.functions.filter {
            policy.matches($0, recordedDriver: snapshot.recordedDriver(of: $0.address))
        }
        guard matching.isEmpty else {
            let evidence = matching.map { function in
                let decider = policies.first(for: function)?.name ?? "none"
                return "\(function.address) is decided by \(decider)"
            }
            return Finding(
                "policy-shadowed", .warning,
                "policy \(policy.name) has no effect on this host: other policies match its functions first",
                evidence: [place(policy)] + some(evidence), fix: "put it before them, or narrow them")
        }
        return Finding(
            "policy-unmatched", .info, "policy \(policy.name) matches no function of this host",
            evidence: [place(policy)],
            fix: "`vfio-rebind explain ADDRESS` shows on which key a function fails")
    }

    private func place(_ policy: Policy) -> String {
        "\(policy.name): \(policy.file)\(policy.line.map { ":\($0)" } ?? "")"
    }
}
