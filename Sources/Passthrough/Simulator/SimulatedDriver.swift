/// A PCI driver as the kernel's matching sees it: `struct pci_driver` with its table, its dynamic IDs and its probe.
package struct SimulatedDriver: Hashable, Sendable {
    package let name: DriverName
    /// The module that modprobe(8) loads for it.
    package let moduleName: String
    /// Whether the driver is there; one that is not comes with its module.
    package internal(set) var isRegistered: Bool
    /// The driver's own table; nil for a driver without one, which takes every `driver_data` by `new_id`.
    package let staticIDs: [SimulatedID]?
    /// What `new_id` and `ids=` added, in order.
    package internal(set) var dynamicIDs: [SimulatedID]
    /// What its probe says of every function that `probes` does not name.
    package var probe: SimulatedProbe
    package var probes: [PCIAddress: SimulatedProbe]
    /// Whether the driver deals with the ownership of DMA itself (`driver_managed_dma`), so that it may bind in a group that
    /// a user of VFIO owns: VFIO's drivers, pci-stub and pcieport.
    package var managesDMA: Bool
    /// Whether its probe asks what `vfio_pci_core_register_device` asks.
    package var isVFIO: Bool
    /// The types that its probe refuses with EINVAL.
    package var deniedIDs: Set<PCIID>
    /// Whether unbinding a PF takes its VFs away (`pci_disable_sriov` in its remove); nvme's leaves them.
    package var removesVirtualFunctions: Bool

    private let plainIDs: Set<PCIID>
    private let otherIDs: [SimulatedID]

    package init(
        _ name: DriverName, staticIDs: [SimulatedID]?, dynamicIDs: [SimulatedID] = [], isRegistered: Bool = true,
        probe: SimulatedProbe = .succeeds
    ) {
        self.name = name
        self.moduleName = name.moduleName
        self.isRegistered = isRegistered
        self.staticIDs = staticIDs
        self.dynamicIDs = dynamicIDs
        self.probe = probe
        probes = [:]
        isVFIO = name.isVFIO
        managesDMA = name.isVFIO || name == .pciStub || name == .pciePort
        deniedIDs = name == .vfioPCI ? SimulatedDriver.vfioDenyList : []
        removesVirtualFunctions = false
        plainIDs = Set((staticIDs ?? []).lazy.compactMap(\.plain))
        otherIDs = (staticIDs ?? []).filter { $0.plain == nil }
    }

    /// A driver of the host that drives these types; none of them means a driver without a table, as pci-stub is.
    package init(_ name: DriverName, ids: [PCIID] = [], isRegistered: Bool = true) {
        let table: [SimulatedID]? = name.isVFIO ? [.vfioAny] : ids.isEmpty ? nil : ids.map { SimulatedID($0) }
        self.init(name, staticIDs: table, isRegistered: isRegistered)
    }

    /// vfio-pci, whose table fits every function but by override alone.
    package static func vfioPCI(isRegistered: Bool = true) -> SimulatedDriver {
        SimulatedDriver(.vfioPCI, isRegistered: isRegistered)
    }

    /// vfio-pci's deny list (`drivers/vfio/pci/vfio_pci.c`, `vfio_pci_dev_in_denylist`): Intel's QAT C3xxx, C62x and DH895xCC
    /// with their VFs, DSA and IAA of Sapphire Rapids.
    package static let vfioDenyList: Set<PCIID> = Set(
        [0x19e2, 0x19e3, 0x37c8, 0x37c9, 0x0435, 0x0443, 0x0b25, 0x0cfe].map { PCIID(vendor: 0x8086, device: $0) })

    /// Whether the kernel would ask this driver's probe (`pci_match_device`): an override decides alone, then dynamic IDs,
    /// then the table without its override-only entries.
    func matches(_ function: PCIFunction) -> Bool {
        if let override = function.driverOverride { return override == name.text }
        return knows(SimulatedIdentity(function))
    }

    /// Whether an ID, dynamic or static, fits without an override.
    func knows(_ identity: SimulatedIdentity) -> Bool { hasAdded(identity) || hasInTable(identity) }

    /// Whether a dynamic ID fits.
    func hasAdded(_ identity: SimulatedIdentity) -> Bool { dynamicIDs.contains { $0.matches(identity) } }

    /// Whether an entry of the table fits without an override.
    func hasInTable(_ identity: SimulatedIdentity) -> Bool {
        identity.id.map(plainIDs.contains) ?? false
            || otherIDs.contains { !$0.isOverrideOnly && $0.matches(identity) }
    }

    /// Whether `new_id` takes this `driver_data`: it must stand in the table, where there is one.
    func accepts(driverData: UInt64) -> Bool {
        staticIDs?.contains { $0.driverData == driverData } ?? true
    }
}
