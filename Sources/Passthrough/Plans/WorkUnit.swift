/// Functions that must not be worked on at the same time: one slot, one IOMMU group, a PF with its VFs.
package struct WorkUnit: Sendable, Hashable {
    /// Sorted.
    package let addresses: [PCIAddress]
    /// The names under which the unit is locked, the same for whoever asks.
    package let keys: Set<String>

    /// A unit as another process of this program named it.
    package init(addresses: [PCIAddress], keys: Set<String>) {
        self.addresses = addresses
        self.keys = keys
    }

    /// How the lock of one function alone begins.
    package static let functionKeyPrefix = "function-"

    /// The lock of one function alone.
    package static func functionKey(_ address: PCIAddress) -> String { "\(functionKeyPrefix)\(address)" }

    /// The names of what a function shares with others: the slot (of its PF, for a VF), the group, and a driver that
    /// does not bear company.
    static func sharedKeys(of function: PCIFunction) -> [String] {
        var keys = ["slot-\((function.physicalFunction ?? function.address).slot)"]
        if let group = function.iommuGroup { keys.append("group-\(group)") }
        if let driver = function.driver, driver.letsGoOneByOne { keys.append("driver-\(driver)") }
        return keys
    }

    /// Splits functions into units: those that share a name, directly or through others, go together.
    package static func units(of functions: [PCIFunction]) -> [WorkUnit] {
        var roots = Array(functions.indices)
        func find(_ index: Int) -> Int {
            var index = index
            while roots[index] != index {
                roots[index] = roots[roots[index]]
                index = roots[index]
            }
            return index
        }
        var owner: [String: Int] = [:]
        for (index, function) in functions.enumerated() {
            for key in sharedKeys(of: function) {
                if let other = owner[key] { roots[find(index)] = find(other) } else { owner[key] = index }
            }
        }
        var members: [Int: [PCIFunction]] = [:]
        for (index, function) in functions.enumerated() { members[find(index), default: []].append(function) }
        let units = members.values.map { functions in
            WorkUnit(
                addresses: functions.map(\.address).sorted(),
                keys: Set(functions.flatMap { sharedKeys(of: $0) + [functionKey($0.address)] }))
        }
        return units.sorted { $0.addresses[0] < $1.addresses[0] }
    }
}
