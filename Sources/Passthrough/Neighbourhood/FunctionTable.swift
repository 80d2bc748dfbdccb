/// Functions by address, with what connects them: IOMMU groups, device IDs, and the tree of bridges.
///
/// A plan for some functions looks at those that are connected with them and at no others, so that an event costs the same on a host of
/// twenty functions and on one of four thousand.
package struct FunctionTable: Sendable {
    package private(set) var functions: [PCIAddress: PCIFunction] = [:]
    private var groups: [UInt32: Set<PCIAddress>] = [:]
    private var types: [PCIID: Set<PCIAddress>] = [:]
    private var lower: [PCIAddress: Set<PCIAddress>] = [:]

    package init(_ functions: some Sequence<PCIFunction> = []) {
        for function in functions { put(function) }
    }

    package subscript(address: PCIAddress) -> PCIFunction? { functions[address] }

    /// Takes in a function as it is now, in place of what was at its address.
    package mutating func put(_ function: PCIFunction) {
        let known = functions.updateValue(function, forKey: function.address)
        guard known?.id != function.id || known?.iommuGroup != function.iommuGroup || known?.path != function.path
        else {
            return
        }
        if let known { disconnect(known) }
        if let group = function.iommuGroup { groups[group, default: []].insert(function.address) }
        types[function.id, default: []].insert(function.address)
        for above in function.path where above != function.address {
            lower[above, default: []].insert(function.address)
        }
    }

    /// Forgets a function that is gone.
    package mutating func remove(_ address: PCIAddress) {
        if let known = functions.removeValue(forKey: address) { disconnect(known) }
    }

    private mutating func disconnect(_ function: PCIFunction) {
        if let group = function.iommuGroup { groups[group]?.remove(function.address) }
        types[function.id]?.remove(function.address)
        for above in function.path { lower[above]?.remove(function.address) }
    }

    /// The members of an IOMMU group.
    package func members(of group: UInt32) -> Set<PCIAddress> { groups[group] ?? [] }

    /// What `Neighbourhood` finds of the host that was read already, without `addresses`, of which it has what is true now.
    package func neighbourhood(
        of addresses: Set<PCIAddress>, fresh: [PCIFunction], followingTypes types: Bool = true,
        policy: (PCIFunction) -> Policy?
    ) -> [PCIFunction] {
        Neighbourhood.functions(of: fresh, followingTypes: types, policy: policy) { link in
            connected(link).subtracting(addresses).compactMap { functions[$0] }
        }
    }

    private func connected(_ link: Neighbourhood.Link) -> Set<PCIAddress> {
        switch link {
        case .group(let group): members(of: group)
        case .below(let address): lower[address] ?? []
        case .types(let ids): ids.reduce(into: []) { $0.formUnion(types[$1] ?? []) }
        }
    }
}
