import Passthrough

extension Checkup {
    /// Other managers of functions: those that contradict a policy, and those that are only present.
    var others: [Finding] { driverctl + rules + managers }

    private var driverctl: [Finding] {
        var conflicts: [String] = []
        var conflicting: [PCIAddress] = []
        var agreed: [String] = []
        for line in surroundings.driverctl {
            guard let address = line.address else { continue }
            let plan = decided[address]
            let entry = "\(line.file): \(address) to \(line.text)"
            switch plan?.decision {
            case .rebind, .already, .held, .refused, .contested, .stuck:
                if plan?.target?.text == line.text {
                    agreed.append(entry)
                } else {
                    conflicts.append(entry)
                    conflicting.append(address)
                }
            case .ignored, .unmatched, nil: agreed.append(entry)
            }
        }
        var findings: [Finding] = []
        if !conflicts.isEmpty {
            findings.append(
                Finding(
                    "driverctl-conflict", .warning, "driverctl assigns functions to other drivers than the policies do",
                    evidence: some(conflicts),
                    fix:
                        "driverctl unset-override \(conflicting.map(\.description).joined(separator: " ")), or add a policy with action = \"ignore\""
                ))
        }
        if !agreed.isEmpty {
            findings.append(
                Finding("driverctl", .info, "driverctl manages functions too", evidence: some(agreed)))
        }
        return findings
    }

    private var rules: [Finding] {
        guard !surroundings.udevLines.isEmpty else { return [] }
        let named = snapshot.functions.filter { (decided[$0.address]?.policy) != nil }
        let fights = surroundings.udevLines.filter { line in named.contains { line.concerns($0) } }
        let entries = { (lines: [ConfigurationLine]) in some(lines.map { "\($0.place): \($0.text)" }) }
        if fights.isEmpty {
            return [
                Finding(
                    "udev-rules", .info, "other udev rules choose drivers of PCI functions",
                    evidence: entries(surroundings.udevLines))
            ]
        }
        return [
            Finding(
                "udev-rules-conflict", .warning, "other udev rules choose the driver of functions that policies match",
                evidence: entries(fights), fix: "remove them, or add a policy with action = \"ignore\"")
        ]
    }

    /// Other managers of a function that a policy matches.
    private var managers: [Finding] {
        var statements: [String: [String]] = [:]
        for function in snapshot.functions {
            guard let plan = decided[function.address], plan.policy != nil else { continue }
            let libvirt = plan.guards.filter { $0.name == .libvirt && $0.verdict == .busy }.flatMap(\.texts)
            for owner in Owner.owners(of: function, in: surroundings, libvirt: libvirt)
            where ["libvirt", "sriov-operator"].contains(owner.manager) {
                statements[owner.manager, default: []].append("\(function.address): \(owner.statement)")
            }
        }
        return statements.sorted { $0.key < $1.key }.map { manager, sentences in
            Finding(
                "manager-\(manager)", .warning, "\(manager) manages functions that policies match",
                evidence: some(sentences),
                fix:
                    "let one of the two manage each function: add a policy with action = \"ignore\", or remove its entry there"
            )
        }
    }
}
