/// The keys about where a function is plugged and what platform and firmware say of it.
extension Match {
    /// What has to be read of a function for this to be tried on it.
    package var wantedFacts: FunctionFacts {
        var facts: FunctionFacts = []
        if slots != nil { facts.insert(.slot) }
        if serialNumbers != nil { facts.insert(.serialNumber) }
        if removabilities != nil { facts.insert(.removability) }
        if numaNodes != nil { facts.insert(.numaNode) }
        if fids != nil || uids != nil || pchids != nil { facts.insert(.zPCI) }
        return facts
    }

    func matchesPlace(of function: PCIFunction) -> Bool {
        Match.has(slots, function.identity.slot) && Match.has(serialNumbers, function.identity.serialNumber)
            && paths?.contains { $0.matches(function.path) } ?? true
    }

    func matchesPlatform(of function: PCIFunction) -> Bool {
        let identity = function.identity
        return Match.has(removabilities, identity.removability) && Match.has(numaNodes, function.numaNode)
            && Match.has(fids, identity.fid) && Match.has(uids, identity.uid) && Match.has(pchids, identity.pchid)
    }

    func placeMismatch(_ function: PCIFunction) -> Mismatch? {
        if let paths, !paths.contains(where: { $0.matches(function.path) }) {
            return Mismatch("path", paths, function.path.map(\.description).joined(separator: "/"))
        }
        if let mismatch = Match.mismatch("slot", slots, function.identity.slot) { return mismatch }
        guard let serialNumbers, !Match.has(serialNumbers, function.identity.serialNumber) else { return nil }
        let found = function.identity.isSerialNumberUnknown ? "unknown" : function.identity.serialNumber?.description
        return Mismatch("serial", serialNumbers, found)
    }

    func platformMismatch(_ function: PCIFunction) -> Mismatch? {
        let identity = function.identity
        return Match.mismatch("removable", removabilities, identity.removability)
            ?? Match.mismatch("numa_node", numaNodes, function.numaNode)
            ?? Match.mismatch("fid", fids, identity.fid) ?? Match.mismatch("uid", uids, identity.uid)
            ?? Match.mismatch("pchid", pchids, identity.pchid)
    }

    private static func has<Value: Equatable>(_ wanted: [Value]?, _ found: Value?) -> Bool {
        guard let wanted else { return true }
        return found.map(wanted.contains) ?? false
    }

    private static func mismatch<Value: Equatable & CustomStringConvertible>(
        _ key: String, _ wanted: [Value]?, _ found: Value?
    ) -> Mismatch? {
        guard let wanted, !has(wanted, found) else { return nil }
        return Mismatch(key, wanted, found?.description)
    }
}

extension PolicySet {
    /// The functions that a policy would match, or except, if only their serial numbers could be read.
    package func undecided(_ functions: [PCIFunction]) -> [PCIAddress] {
        guard wantedFacts.contains(.serialNumber) else { return [] }
        let matches = policies.flatMap { [$0.match, $0.except].compactMap { $0 } }.compactMap { match -> Match? in
            guard match.serialNumbers != nil else { return nil }
            var rest = match
            rest.serialNumbers = nil
            return rest
        }
        return functions.filter { function in
            function.identity.isSerialNumberUnknown && matches.contains { $0.matches(function) }
        }.map(\.address)
    }
}
