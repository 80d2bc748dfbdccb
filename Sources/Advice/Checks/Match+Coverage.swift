package import Passthrough

extension Match {
    /// Whether this matches everything that `other` matches, as far as the keys alone show it; false if unsure.
    package func covers(_ other: Match) -> Bool {
        var rest = self
        rest.ids = nil
        rest.subsystems = nil
        rest.classes = nil
        rest.addresses = nil
        rest.drivers = nil
        rest.roles = nil
        rest.physicalFunctions = nil
        var others = other
        others.ids = ids
        others.subsystems = subsystems
        others.classes = classes
        others.addresses = addresses
        others.drivers = drivers
        others.roles = roles
        others.physicalFunctions = physicalFunctions
        // Of every other key it is only known that equal values cover each other.
        guard rest.isEmpty || others == self else { return false }
        return Match.covers(ids, other.ids) { $0.covers($1) }
            && Match.covers(subsystems, other.subsystems) { $0.covers($1) }
            && Match.covers(classes, other.classes) { $1.description.hasPrefix($0.description) }
            && Match.covers(addresses, other.addresses) { $0.covers($1) }
            && Match.covers(drivers, other.drivers) { $0 == $1 }
            && Match.covers(roles, other.roles) { $0 == .any || $0 == $1 }
            && Match.covers(physicalFunctions, other.physicalFunctions) { $0.covers($1) }
    }

    /// A missing key covers everything; every alternative of the other must be covered by one of these.
    private static func covers<Pattern>(
        _ wide: [Pattern]?, _ narrow: [Pattern]?, _ covers: (Pattern, Pattern) -> Bool
    ) -> Bool {
        guard let wide else { return true }
        guard let narrow else { return false }
        return narrow.allSatisfy { each in wide.contains { covers($0, each) } }
    }
}

extension IDPattern {
    fileprivate func covers(_ other: IDPattern) -> Bool {
        (vendor == nil || vendor == other.vendor) && (device == nil || device == other.device)
    }
}

extension AddressPattern {
    fileprivate func covers(_ other: AddressPattern) -> Bool {
        if self == other { return true }
        guard case .exact(let address) = other else { return false }
        return matches(address)
    }
}

extension PolicySet {
    /// The earlier policy that matches everything that this one matches; nil without one.
    package func shadow(of position: Int) -> Policy? {
        let policy = policies[position]
        return policies[..<position].first { earlier in
            (earlier.except == nil || earlier.except == policy.except) && earlier.match.covers(policy.match)
        }
    }
}
