package import Passthrough

/// The device IDs that vfio-pci may bind at boot.
///
/// The boot configuration works by device ID: `ids=` of the module knows no addresses. So an ID that a function shares which must stay
/// with the host is omitted, whatever other functions with it a policy wants.
package struct BootTypes: Sendable {
    /// In the order of the policies, each once.
    package let ids: [PCIID]
    package let leftOut: [LeftOut]

    /// A device ID that a policy wants, omitted because of one function.
    package struct LeftOut: Sendable, Hashable {
        package let id: PCIID
        package let address: PCIAddress
        package let reason: String
    }

    /// Takes a plan of the whole host. `bringsIOMMU` is for exports that enable the IOMMU as well: where no function has a group, being
    /// refused for that alone does not count.
    package init(_ plan: HostPlan, _ policies: PolicySet, bringsIOMMU: Bool = false) {
        let forgives = bringsIOMMU && plan.functions.allSatisfy { $0.function.iommuGroup == nil }
        var present: [PCIID: [FunctionPlan]] = [:]
        for function in plan.functions { present[function.function.id, default: []].append(function) }
        var ids: [PCIID] = []
        var leftOut: [LeftOut] = []
        for id in BootTypes.wanted(plan, policies) {
            let stays = (present[id] ?? []).compactMap { function in
                BootTypes.whyItStays(function, forgives).map {
                    LeftOut(id: id, address: function.function.address, reason: $0)
                }
            }
            if stays.isEmpty { ids.append(id) } else { leftOut += stays }
        }
        self.ids = ids
        self.leftOut = leftOut
    }

    /// IDs that policies match by device ID alone, and those of the present functions that policies rebind; each once.
    package static func wanted(_ plan: HostPlan, _ policies: PolicySet) -> [PCIID] {
        var takenBy: [String: [PCIID]] = [:]
        for function in plan.functions where function.decision != .ignored && function.decision != .unmatched {
            guard let policy = function.policy, function.target.map({ $0 == .vfioPCI }) ?? true else { continue }
            takenBy[policy, default: []].append(function.function.id)
        }
        var seen: Set<PCIID> = []
        return policies.policies.filter { $0.action == .passthrough }.flatMap { policy in
            let types = policy.driver == .vfioPCI ? policy.wholeTypes : []
            return (types + (takenBy[policy.name] ?? [])).filter { seen.insert($0).inserted }
        }
    }

    /// Why a function with a wanted ID must not be bound to vfio-pci at boot; nil if it may. Holds are lost at a reboot.
    private static func whyItStays(_ plan: FunctionPlan, _ forgives: Bool) -> String? {
        switch plan.decision {
        case .held, .contested, .stuck: return nil
        case .rebind, .already:
            if let target = plan.target, target != .vfioPCI {
                return "policy \(plan.policy ?? "") assigns it to \(target)"
            }
            let libvirt = plan.decision == .already ? plan.guards.first { $0.name == .libvirt } : nil
            return libvirt?.texts.first
        case .refused:
            if forgives, plan.guards.allSatisfy({ !$0.refuses || $0.name == .iommu }) { return nil }
            return "refused by the guard \(plan.reason)"
        case .ignored: return plan.reason
        case .unmatched:
            return plan.function.driver.map { "no policy matches it, and it is bound to \($0)" }
                ?? "no policy matches it"
        }
    }
}
