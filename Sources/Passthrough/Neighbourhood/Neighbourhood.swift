/// The part of a host that a plan for some functions depends on; the plan is the same on it as on the whole host.
package enum Neighbourhood {
    /// What connects a function with others.
    package enum Link {
        /// They share an IOMMU group.
        case group(UInt32)
        /// They lie below it, as disks do below a VMD controller.
        case below(PCIAddress)
        /// They are of types that `new_id` would register for it.
        case types(Set<PCIID>)
    }

    /// The functions, all that are connected with them, and so on until nothing more comes.
    ///
    /// `policy` names what decides about a function; `connected` finds the functions at the other ends of a link, itself among them or not.
    /// Without `types` only what is near is followed, which does not grow with the number of functions that share a device ID.
    package static func functions(
        of functions: [PCIFunction], followingTypes types: Bool = true, policy: (PCIFunction) -> Policy?,
        connected: (Link) -> [PCIFunction]
    ) -> [PCIFunction] {
        var found: [PCIAddress: PCIFunction] = [:]
        var waiting = functions
        var groups: Set<UInt32> = []
        var asked: Set<PCIID> = []
        for function in functions { found[function.address] = function }
        let own = Set(found.keys)
        while let function = waiting.popLast() {
            // A bridge is never rebound, so nothing depends on the functions below one.
            var links = !function.isBridge || own.contains(function.address) ? [Link.below(function.address)] : []
            if let group = function.iommuGroup, groups.insert(group).inserted { links.append(.group(group)) }
            if types, let policy = policy(function), policy.mayRegister {
                let ids = Set(policy.exactIDs).union([function.id]).subtracting(asked)
                asked.formUnion(ids)
                if !ids.isEmpty { links.append(.types(ids)) }
            }
            for other in links.flatMap(connected) where found[other.address] == nil {
                found[other.address] = other
                waiting.append(other)
            }
        }
        return Array(found.values)
    }
}
