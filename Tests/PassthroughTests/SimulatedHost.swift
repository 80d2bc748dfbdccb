import Passthrough

/// A small host for tests of the Simulator: named functions, and writes by the short names of files.
struct SimulatedHost {
    static let mellanox = PCIID(vendor: 0x15b3, device: 0x1003)
    static let intel = PCIID(vendor: 0x8086, device: 0x10d3)

    let mlx4 = SimulatedHost.name("mlx4_core")
    let e1000e = SimulatedHost.name("e1000e")
    let standIn = SimulatedHost.name("standin_c")

    var simulator: Simulator

    /// Four e1000e of one type at 0001:00:00.0 to 03.0, each in a group, the first so many bound to e1000e, and vfio-pci.
    init(bound: Int = 4, count: Int = 4, drivers: [SimulatedDriver]? = nil) {
        let e1000e = e1000e
        let functions = (0..<count).map { index in
            PCIFunction(
                address: SimulatedHost.address(index), id: SimulatedHost.intel,
                subsystem: PCIID(vendor: 0x8086, device: 0xa01f), classCode: ClassCode(0x020000),
                driver: index < bound ? e1000e : nil, iommuGroup: UInt32(index), headerType: 0)
        }
        simulator = Simulator(
            functions: functions,
            drivers: drivers ?? [
                SimulatedDriver(e1000e, ids: [SimulatedHost.intel]), .vfioPCI(), SimulatedDriver(standIn),
            ])
    }

    /// `0001:00:INDEX.0`.
    static func address(_ index: Int) -> PCIAddress {
        guard let address = PCIAddress(domain: 1, bus: 0, device: UInt8(index), function: 0) else {
            preconditionFailure("no device \(index)")
        }
        return address
    }

    private static func name(_ text: String) -> DriverName {
        guard let name = DriverName(text) else { preconditionFailure("no driver \(text)") }
        return name
    }

    func driver(_ index: Int) -> DriverName? { simulator.driver(of: SimulatedHost.address(index)) }

    func override(_ index: Int) -> String? { simulator.function(at: SimulatedHost.address(index))?.driverOverride }

    mutating func newID(_ text: String, _ driver: DriverName = .vfioPCI) -> KernelError? {
        simulator.write(SysfsPath.newID(driver), Array(text.utf8))
    }

    mutating func removeID(_ text: String, _ driver: DriverName = .vfioPCI) -> KernelError? {
        simulator.write(SysfsPath.removeID(driver), Array(text.utf8))
    }

    mutating func override(_ index: Int, _ text: String) -> KernelError? {
        simulator.write(SysfsPath.driverOverride(SimulatedHost.address(index)), Array(text.utf8))
    }

    mutating func bind(_ index: Int, _ driver: DriverName) -> KernelError? {
        simulator.run(.bind(SimulatedHost.address(index), to: driver))
    }

    mutating func unbind(_ index: Int, _ driver: DriverName) -> KernelError? {
        simulator.run(.unbind(SimulatedHost.address(index), from: driver))
    }

    mutating func probe(_ index: Int) -> KernelError? {
        simulator.run(.probe(SimulatedHost.address(index)))
    }

    mutating func unplug(_ index: Int) -> KernelError? { simulator.unplug(SimulatedHost.address(index)) }
    mutating func plug(_ index: Int) -> KernelError? { simulator.plug(SimulatedHost.address(index)) }
}
