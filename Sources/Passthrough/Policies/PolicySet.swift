/// Policies in the order in which they are tried, indexed so that a function meets only those that could match it.
package struct PolicySet: Sendable {
    package let policies: [Policy]
    /// What has to be read of a function, besides what always is, for these policies to be tried on it.
    package let wantedFacts: FunctionFacts
    /// Tells what the policies were read from, so that what was found out under them can be remembered; nil where that is not known.
    package let fingerprint: UInt64?
    /// Positions of policies, in order, by a feature that a function must have to match; each policy stands under the values of
    /// one key.
    private let positions: [Feature: [Int]]
    /// Positions of the policies that only patterns describe.
    private let others: [Int]
    /// Positions of the policies that may register their ids, in order, by id.
    private let registering: [PCIID: [Int]]
    private let order: [String: Int]

    /// Something that a function has, and that a policy may ask for.
    private enum Feature: Hashable {
        case id(PCIID)
        case vendor(UInt16)
        case subsystem(PCIID)
        case address(PCIAddress)
        case physicalFunction(PCIAddress)
        case slot(String)
        case serialNumber(SerialNumber)
        case fid(ZPCINumber)
        case uid(ZPCINumber)
        case pchid(ZPCINumber)
        /// The first digits of the class code, and how many.
        case classCode(UInt32, digits: Int)
    }

    package init(_ policies: [Policy], fingerprint: UInt64? = nil) {
        self.policies = policies
        self.fingerprint = fingerprint
        var positions: [Feature: [Int]] = [:]
        var others: [Int] = []
        for (position, policy) in policies.enumerated() {
            guard let features = PolicySet.features(of: policy.match) else {
                others.append(position)
                continue
            }
            for feature in Set(features) { positions[feature, default: []].append(position) }
        }
        self.positions = positions
        self.others = others
        registering = PolicySet.registering(policies)
        order = Dictionary(policies.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        wantedFacts = policies.reduce([]) {
            $0.union($1.match.wantedFacts).union($1.except?.wantedFacts ?? [])
                .union($1.choosesVariant ? .variants : [])
                .union($1.match.isAboutVirtualFunctions ? .virtualFunctions : [])
        }
    }

    private static func registering(_ policies: [Policy]) -> [PCIID: [Int]] {
        var registering: [PCIID: [Int]] = [:]
        for (position, policy) in policies.enumerated() where policy.mayRegister {
            for id in Set(policy.exactIDs) { registering[id, default: []].append(position) }
        }
        return registering
    }

    /// The policies that may register one of these types, or any where they are nil, in order.
    package func registering(_ types: Set<PCIID>?) -> [Policy] {
        guard let types else { return policies.filter(\.mayRegister) }
        return Set(types.flatMap { registering[$0] ?? [] }).sorted().map { policies[$0] }
    }

    /// Whether a policy may register a type.
    package func mayRegister(_ id: PCIID) -> Bool { registering[id] != nil }

    /// Whether a policy before this one matches every function of a type, so that this one decides about none.
    func isDecided(_ id: PCIID, before policy: Policy) -> Bool {
        let own = order[policy.name] ?? policies.count
        let candidates = [positions[.id(id)], positions[.vendor(id.vendor)], others].compactMap { $0 }
        return candidates.contains { positions in
            positions.contains { $0 < own && policies[$0].takesEvery(id) }
        }
    }

    /// The features of which a function must have one; nil where a pattern leaves too much open. The narrowest key is taken.
    private static func features(of match: Match) -> [Feature]? {
        let addresses = match.addresses.map { $0.map { $0.exact.map(Feature.address) } }
        let ids = match.ids.map { $0.map(feature) }
        let subsystems = match.subsystems.map { $0.map { $0.exact.map(Feature.subsystem) } }
        let parents = match.physicalFunctions.map { $0.map { $0.exact.map(Feature.physicalFunction) } }
        let classes = match.classes.map { $0.map { Optional(Feature.classCode($0.value, digits: $0.digits)) } }
        let marks = [
            match.serialNumbers?.map { Optional(Feature.serialNumber($0)) },
            match.fids?.map { Optional(Feature.fid($0)) }, match.uids?.map { Optional(Feature.uid($0)) },
            match.paths?.map { $0.exactEnd.map(Feature.address) }, match.slots?.map { Optional(Feature.slot($0)) },
            match.pchids?.map { Optional(Feature.pchid($0)) },
        ]
        for features in [addresses] + marks + [ids, subsystems, parents, classes] {
            if let known = features?.compactMap({ $0 }), known.count == features?.count { return known }
        }
        return nil
    }

    private static func feature(of pattern: IDPattern) -> Feature? {
        pattern.exact.map(Feature.id) ?? pattern.vendor.map(Feature.vendor)
    }

    private static func features(of function: PCIFunction) -> [Feature] {
        let code = function.classCode.value
        var features: [Feature] = [
            .id(function.id), .vendor(function.id.vendor), .address(function.address),
            .classCode(code >> 16, digits: 2), .classCode(code >> 8, digits: 4), .classCode(code, digits: 6),
        ]
        if let subsystem = function.subsystem { features.append(.subsystem(subsystem)) }
        if let parent = function.physicalFunction { features.append(.physicalFunction(parent)) }
        let identity = function.identity
        if let slot = identity.slot { features.append(.slot(slot)) }
        if let serialNumber = identity.serialNumber { features.append(.serialNumber(serialNumber)) }
        if let fid = identity.fid { features.append(.fid(fid)) }
        if let uid = identity.uid { features.append(.uid(uid)) }
        if let pchid = identity.pchid { features.append(.pchid(pchid)) }
        return features
    }

    /// The first policy whose every key matches.
    package func first(for function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> Policy? {
        var best: Int?
        for candidates in positions(for: function) {
            best = firstMatch(in: candidates, before: best ?? policies.count, function, recordedDriver) ?? best
        }
        return best.map { policies[$0] }
    }

    /// Positions of the policies that could match, in sorted lists; every other one is passed over unasked.
    func positions(for function: PCIFunction) -> [[Int]] {
        [others] + PolicySet.features(of: function).compactMap { positions[$0] }
    }

    private func firstMatch(
        in candidates: [Int], before limit: Int, _ function: PCIFunction, _ recordedDriver: RecordedDriver?
    ) -> Int? {
        for position in candidates {
            if position >= limit { return nil }
            if policies[position].matches(function, recordedDriver: recordedDriver) { return position }
        }
        return nil
    }
}

extension AddressPattern {
    fileprivate var exact: PCIAddress? {
        if case .exact(let address) = self { address } else { nil }
    }
}
