/// A model of how the kernel binds PCI functions to drivers: what its files answer, and who drives what afterwards.
///
/// Models `drivers/base/bus.c` and `dd.c`, `drivers/pci/pci-driver.c` and the probe of `drivers/vfio/pci` from Linux 5.19 on. A
/// value: copy it, try a plan, compare. Writes that block for ever are not modelled, nor is the time between events.
package struct Simulator: Equatable, Sendable {
    /// Every function, those unplugged included.
    package internal(set) var functions: [PCIAddress: SimulatedFunction] = [:]
    /// Every driver, those without their module loaded included.
    package internal(set) var drivers: [DriverName: SimulatedDriver] = [:]
    /// The registered drivers in the order in which a probe tries them: that of their registration.
    package internal(set) var registrationOrder: [DriverName] = []
    /// The IOMMU groups that a user of VFIO owns, where no host driver may bind.
    package var ownedGroups: Set<UInt32>
    /// Whether VFIO makes a group for functions without one (`enable_unsafe_noiommu_mode`).
    package var allowsNoIOMMU = false
    /// `/sys/bus/pci/drivers_autoprobe`: whether a driver that registers takes functions. Plugging ignores it (to Linux 6.12).
    package var autoprobesDrivers = true
    /// Errors to give instead of doing anything.
    package var faults: [SimulatorFault: KernelError] = [:]
    /// How many writes and module loads were tried.
    package internal(set) var stepCount = 0

    /// The present functions that nothing drives: all that `new_id` and a registering driver look at.
    var driverless: Set<PCIAddress> = []

    /// Makes the kernel that shows these functions.
    ///
    /// A driver that drives a function and is not described is taken to be registered: one of the host with the IDs of its
    /// functions in its table and before all described ones, one of VFIO after them. A described driver is
    /// believed to match what it drives too. Drivers of VFIO and pci-stub match by override and by the given dynamic IDs.
    package init(
        functions: [PCIFunction], drivers described: [SimulatedDriver] = [], dynamicIDs: [DriverName: [PCIID]] = [:],
        ownedGroups: Set<UInt32> = []
    ) {
        self.ownedGroups = ownedGroups
        for function in functions {
            self.functions[function.address] = SimulatedFunction(function)
            if function.driver == nil { driverless.insert(function.address) }
        }
        let driven = Simulator.drivenTypes(functions)
        let known = Set(described.map(\.name))
        let inferred = Set(driven.keys).union(dynamicIDs.keys).subtracting(known).sorted { $0.text < $1.text }
        let all =
            inferred.filter { !$0.isVFIO }.map { SimulatedDriver($0) } + described
            + inferred.filter(\.isVFIO).map { SimulatedDriver($0) }
        for driver in all {
            var driver = driver.matching(driven[driver.name] ?? [])
            driver.dynamicIDs += (dynamicIDs[driver.name] ?? []).map { SimulatedID($0) }
            if driven[driver.name] != nil { driver.isRegistered = true }
            if driver.isRegistered, drivers[driver.name] == nil { registrationOrder.append(driver.name) }
            drivers[driver.name] = driver
        }
    }

    /// The types that each driver drives.
    private static func drivenTypes(_ functions: [PCIFunction]) -> [DriverName: Set<PCIID>] {
        var types: [DriverName: Set<PCIID>] = [:]
        for function in functions {
            if let driver = function.driver { types[driver, default: []].insert(function.id) }
        }
        return types
    }

    /// Believes that a driver matches these types, as one does that was seen to drive them; registers it if it is new.
    package mutating func assume(_ name: DriverName, drives types: Set<PCIID>) {
        if drivers[name] == nil { registrationOrder.append(name) }
        drivers[name] = (drivers[name] ?? SimulatedDriver(name)).matching(types)
    }

    /// Sets what a driver's probe says, of one function or of all that have no word of their own.
    package mutating func setProbe(_ probe: SimulatedProbe, of driver: DriverName, for address: PCIAddress? = nil) {
        if let address {
            drivers[driver]?.probes[address] = probe
        } else {
            drivers[driver]?.probe = probe
        }
    }

    /// Sets `sriov_drivers_autoprobe` of a PF: whether its VFs are probed without an override.
    package mutating func setVirtualFunctionAutoprobe(_ value: Bool, of physicalFunction: PCIAddress) {
        functions[physicalFunction]?.virtualFunctionAutoprobe = value
    }
}

extension SimulatedDriver {
    /// The same driver with these types in its table, unless it matches them already or is one that only matches by
    /// override and dynamic IDs.
    fileprivate func matching(_ types: Set<PCIID>) -> SimulatedDriver {
        guard !isVFIO, name != .pciStub else { return self }
        let missing = types.filter { id in
            !knows(SimulatedID(id).identity)
        }
        guard !missing.isEmpty else { return self }
        var wider = SimulatedDriver(
            name, staticIDs: (staticIDs ?? []) + missing.sorted().map { SimulatedID($0) }, dynamicIDs: dynamicIDs,
            isRegistered: isRegistered, probe: probe)
        wider.probes = probes
        wider.managesDMA = managesDMA
        wider.deniedIDs = deniedIDs
        wider.removesVirtualFunctions = removesVirtualFunctions
        return wider
    }
}
