import Passthrough

/// The state of the host in five lines.
struct Overview {
    let surroundings: Surroundings
    let functions: [PCIFunction]
    let policies: PolicySet
    let errors: Int
    let plan: HostPlan?
    let monitorRuns: Bool

    func text(_ style: Style) -> String {
        let lines = [
            ("functions", functionsLine), ("IOMMU", groups == 0 ? "off" : "on, \(count(groups, "group"))"),
            ("vfio-pci", vfioLine), ("policies", policiesLine), ("acting", actingLine),
        ]
        let shown = lines.map { name, text in
            style.bold(name) + String(repeating: " ", count: 11 - name.count) + text
        }
        return (shown + ["", "\(style.bold("Next:")) \(next)"]).joined(separator: "\n")
    }

    private var groups: Int { Set(functions.compactMap(\.iommuGroup)).count }

    private var functionsLine: String {
        let vfio = functions.count { $0.driver?.isVFIO == true }
        let none = functions.count { $0.driver == nil }
        return
            "\(functions.count): \(vfio) on VFIO, \(functions.count - vfio - none) on drivers of the host, \(none) without a driver"
    }

    private var vfioLine: String {
        switch surroundings.vfioPCI {
        case .builtIn: "built into the kernel"
        case .loaded: "loaded"
        case .loadable: "a module, loaded when it is needed"
        case .missing: "missing"
        }
    }

    private func decided(_ decision: Decision) -> Int { plan?.functions.count { $0.decision == decision } ?? 0 }

    private var policiesLine: String {
        if errors > 0 { return "invalid, \(count(errors, "error")): nothing is applied" }
        if policies.policies.isEmpty { return "none" }
        let parts = [
            (decided(.rebind), "to rebind"), (decided(.already), "already bound"), (decided(.refused), "refused"),
            (decided(.held), "held"), (decided(.ignored), "ignored"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "\(policies.policies.count): "
            + (parts.isEmpty ? "none matches a function" : parts.joined(separator: ", "))
    }

    private var actingLine: String {
        let rule = surroundings.hasRule ? "the udev rule, for new cards" : "no udev rule"
        return monitorRuns ? "the monitor, and \(rule)" : "\(rule); the monitor is not running"
    }

    private var next: String {
        if errors > 0 { return "`vfio-rebind check` names each error and its place" }
        if policies.policies.isEmpty {
            return "`vfio-rebind list` shows the cards; a policy goes into /etc/vfio-rebind/policy.d/10-first.toml"
        }
        if groups == 0 || surroundings.vfioPCI == .missing {
            return "`vfio-rebind check` says what is missing and how to fix it"
        }
        if decided(.refused) > 0 { return "`vfio-rebind plan` says why a function is refused" }
        if decided(.rebind) > 0 { return "`vfio-rebind plan` shows each step, `vfio-rebind apply` makes it" }
        if decided(.already) > 0 { return "`vfio-rebind export libvirt ADDRESS` prints what a guest needs" }
        return "`vfio-rebind explain ADDRESS` shows why a policy does not match"
    }

    private func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
