/// All that planning looks at, read once: functions, drivers, evidence of use, and what this program did before.
package struct HostSnapshot: Sendable {
    /// Sorted by address.
    package let functions: [PCIFunction]
    /// Drivers that are registered now, and what is known of those that are not; a driver that is missing here was not asked for.
    package var drivers: [DriverName: DriverPresence]
    /// What uses a function, for the functions that were asked.
    package var uses: [PCIAddress: [Guard: UseFinding]]
    /// What this program did to a function, from the journal.
    package var records: [PCIAddress: FunctionRecord]
    /// Functions that `release` put on hold.
    package var holds: Set<PCIAddress>
    /// Ids that this program registered with a driver.
    package var registeredIDs: [DriverName: Set<PCIID>]
    /// Ids whose registration no run saw the end of: a driver may know them.
    package var begunIDs: [DriverName: Set<PCIID>] = [:]
    /// Whether every guard could look at all it wanted: root rights, or a root other than `/`.
    package var isComplete: Bool
    /// Whether VFIO's no-IOMMU mode is switched on.
    package var allowsNoIOMMU: Bool
    /// Whether vfio-pci is told to take functions of its deny list too (`disable_denylist`, `drivers/vfio/pci/vfio_pci.c`).
    package var ignoresDenyList = false
    /// Variant drivers, read only where a policy chooses among them.
    package var variants = VariantTable()
    package var viability = ViabilityRule.ownership
    /// Functions whose worker does not come back from the kernel, which holds their lock, with what is said of each.
    package var stuck: [PCIAddress: String] = [:]
    /// Functions that are left alone because something takes them back, until a command names them.
    package var contested: Set<PCIAddress> = []

    private let positions: [PCIAddress: Int]
    private let groups: [UInt32: [Int]]
    private let types: [PCIID: [Int]]

    package init(
        functions: [PCIFunction], drivers: [DriverName: DriverPresence] = [:],
        uses: [PCIAddress: [Guard: UseFinding]] = [:], records: [PCIAddress: FunctionRecord] = [:],
        holds: Set<PCIAddress> = [], registeredIDs: [DriverName: Set<PCIID>] = [:], isComplete: Bool = true,
        allowsNoIOMMU: Bool = false
    ) {
        self.functions = functions.sorted { $0.address < $1.address }
        self.drivers = drivers
        self.uses = uses
        self.records = records
        self.holds = holds
        self.registeredIDs = registeredIDs
        self.isComplete = isComplete
        self.allowsNoIOMMU = allowsNoIOMMU
        var positions: [PCIAddress: Int] = [:]
        var groups: [UInt32: [Int]] = [:]
        var types: [PCIID: [Int]] = [:]
        for (position, function) in self.functions.enumerated() {
            positions[function.address] = position
            types[function.id, default: []].append(position)
            if let group = function.iommuGroup { groups[group, default: []].append(position) }
        }
        self.positions = positions
        self.groups = groups
        self.types = types
    }

    /// The same with other functions.
    package func replacing(_ functions: [PCIFunction]) -> HostSnapshot {
        var copy = HostSnapshot(
            functions: functions, drivers: drivers, uses: uses, records: records, holds: holds,
            registeredIDs: registeredIDs, isComplete: isComplete, allowsNoIOMMU: allowsNoIOMMU)
        copy.takeHostFacts(from: self)
        return copy
    }

    /// Takes over what an earlier look found of the host as a whole.
    package mutating func takeHostFacts(from other: HostSnapshot) {
        ignoresDenyList = other.ignoresDenyList
        variants = other.variants
        viability = other.viability
        stuck = other.stuck
        contested = other.contested
        begunIDs = other.begunIDs
    }

    package func function(at address: PCIAddress) -> PCIFunction? { positions[address].map { functions[$0] } }

    /// The other functions of the same IOMMU group.
    package func groupMates(of function: PCIFunction) -> [PCIFunction] {
        guard let group = function.iommuGroup, let members = groups[group], members.count > 1 else { return [] }
        return members.map { functions[$0] }.filter { $0.address != function.address }
    }

    /// Every present function with a device ID.
    package func functions(of id: PCIID) -> [PCIFunction] { (types[id] ?? []).map { functions[$0] } }

    /// The driver that a function had before this program rebound it; nil where this program did not.
    package func recordedDriver(of address: PCIAddress) -> RecordedDriver? {
        records[address].map { RecordedDriver($0.nativeDriver) }
    }
}
