/// Policies in the order in which they are tried, indexed so that a function meets only those that could match it.
package struct PolicySet: Sendable {
    package let policies: [Policy]
    /// Positions of the policies whose `id` names only exact ids.
    private let byID: [PCIID: [Int]]
    /// Positions of those whose `address` names only exact addresses, and no exact ids.
    private let byAddress: [PCIAddress: [Int]]
    private let others: [Int]

    package init(_ policies: [Policy]) {
        self.policies = policies
        var byID: [PCIID: [Int]] = [:]
        var byAddress: [PCIAddress: [Int]] = [:]
        var others: [Int] = []
        for (position, policy) in policies.enumerated() {
            if let ids = policy.match.ids.flatMap({ PolicySet.allExact($0.map(\.exact)) }) {
                for id in Set(ids) { byID[id, default: []].append(position) }
            } else if let addresses = policy.match.addresses.flatMap({ PolicySet.allExact($0.map(\.exactAddress)) }) {
                for address in Set(addresses) { byAddress[address, default: []].append(position) }
            } else {
                others.append(position)
            }
        }
        self.byID = byID
        self.byAddress = byAddress
        self.others = others
    }

    /// The first policy whose every key matches.
    package func first(for function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> Policy? {
        var best: Int?
        for candidates in [byID[function.id] ?? [], byAddress[function.address] ?? [], others] {
            for position in candidates {
                if let best, position > best { break }
                if policies[position].firstMismatch(function, recordedDriver: recordedDriver) == nil {
                    best = position
                    break
                }
            }
        }
        return best.map { policies[$0] }
    }

    private static func allExact<Value>(_ values: [Value?]) -> [Value]? {
        let exact = values.compactMap { $0 }
        return exact.count == values.count ? exact : nil
    }
}

extension AddressPattern {
    fileprivate var exactAddress: PCIAddress? {
        if case .exact(let address) = self { address } else { nil }
    }
}
