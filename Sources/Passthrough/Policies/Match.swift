/// The conditions of a policy: every key that is there must match; the values of one key are alternatives.
package struct Match: Hashable, Sendable {
    package var ids: [IDPattern]?
    package var subsystems: [IDPattern]?
    package var classes: [ClassPrefix]?
    package var addresses: [AddressPattern]?
    package var drivers: [DriverPattern]?
    package var paths: [PathPattern]?
    package var slots: [String]?
    package var serialNumbers: [SerialNumber]?
    package var roles: [RolePattern]?
    package var physicalFunctions: [AddressPattern]?
    package var removabilities: [Removability]?
    package var numaNodes: [Int]?
    package var fids: [ZPCINumber]?
    package var uids: [ZPCINumber]?
    package var pchids: [ZPCINumber]?

    package init(
        ids: [IDPattern]? = nil, subsystems: [IDPattern]? = nil, classes: [ClassPrefix]? = nil,
        addresses: [AddressPattern]? = nil, drivers: [DriverPattern]? = nil, roles: [RolePattern]? = nil,
        physicalFunctions: [AddressPattern]? = nil
    ) {
        self.ids = ids
        self.subsystems = subsystems
        self.classes = classes
        self.addresses = addresses
        self.drivers = drivers
        self.roles = roles
        self.physicalFunctions = physicalFunctions
    }

    /// Whether no key is there at all.
    package var isEmpty: Bool { self == Match() }

    /// Whether every key matches: what `firstMismatch` tells, without the words.
    package func matches(_ function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> Bool {
        if let ids, !ids.contains(where: { $0.matches(function.id) }) { return false }
        if let subsystems {
            guard let subsystem = function.subsystem, subsystems.contains(where: { $0.matches(subsystem) }) else {
                return false
            }
        }
        if let classes, !classes.contains(where: { $0.matches(function.classCode) }) { return false }
        if let addresses, !addresses.contains(where: { $0.matches(function.address) }) { return false }
        if let drivers {
            let recorded = recordedDriver.map(\.name) ?? function.driver
            guard drivers.contains(where: { $0.matches(recorded) || $0.matches(function.driver) }) else { return false }
        }
        if let roles, !roles.contains(where: { $0.matches(function.role) }) { return false }
        if let physicalFunctions {
            guard let parent = function.physicalFunction, physicalFunctions.contains(where: { $0.matches(parent) })
            else {
                return false
            }
        }
        return matchesPlace(of: function) && matchesPlatform(of: function)
    }

    /// Every key that is there, with what it wants and what the function has.
    func terms(_ function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> [Mismatch] {
        let identity = function.identity
        let driver = recordedDriver.map(\.name) ?? function.driver
        return [
            ids.map { Mismatch("id", $0, function.id.description) },
            subsystems.map { Mismatch("subsystem", $0, function.subsystem?.description) },
            classes.map { Mismatch("class", $0, function.classCode.description) },
            addresses.map { Mismatch("address", $0, function.address.description) },
            drivers.map { Mismatch("driver", $0, driver?.text ?? "none") },
            paths.map { Mismatch("path", $0, function.path.map(\.description).joined(separator: "/")) },
            slots.map { Mismatch("slot", $0, identity.slot) },
            serialNumbers.map { Mismatch("serial", $0, identity.serialNumber?.description) },
            roles.map { Mismatch("function", $0, function.role.rawValue) },
            physicalFunctions.map { Mismatch("physical_function", $0, function.physicalFunction?.description) },
            removabilities.map { Mismatch("removable", $0, identity.removability?.description) },
            numaNodes.map { Mismatch("numa_node", $0, function.numaNode?.description) },
            fids.map { Mismatch("fid", $0, identity.fid?.description) },
            uids.map { Mismatch("uid", $0, identity.uid?.description) },
            pchids.map { Mismatch("pchid", $0, identity.pchid?.description) },
        ].compactMap(\.self)
    }

    /// The first key, in the order of vfio-rebind-policy(5), that does not match, with the values on both sides.
    package func firstMismatch(_ function: PCIFunction, recordedDriver: RecordedDriver? = nil) -> Mismatch? {
        if let ids, !ids.contains(where: { $0.matches(function.id) }) {
            return Mismatch("id", ids, function.id.description)
        }
        if let subsystems, !subsystems.contains(where: { function.subsystem.map($0.matches) ?? false }) {
            return Mismatch("subsystem", subsystems, function.subsystem?.description)
        }
        if let classes, !classes.contains(where: { $0.matches(function.classCode) }) {
            return Mismatch("class", classes, function.classCode.description)
        }
        if let addresses, !addresses.contains(where: { $0.matches(function.address) }) {
            return Mismatch("address", addresses, function.address.description)
        }
        let driver = recordedDriver.map(\.name) ?? function.driver
        if let drivers, !drivers.contains(where: { $0.matches(driver) || $0.matches(function.driver) }) {
            return Mismatch("driver", drivers, driver?.text ?? "none")
        }
        if let mismatch = placeMismatch(function) { return mismatch }
        if let roles, !roles.contains(where: { $0.matches(function.role) }) {
            return Mismatch("function", roles, function.role.rawValue)
        }
        if let physicalFunctions,
            !physicalFunctions.contains(where: { pattern in function.physicalFunction.map(pattern.matches) ?? false })
        {
            return Mismatch("physical_function", physicalFunctions, function.physicalFunction?.description)
        }
        return platformMismatch(function)
    }
}
