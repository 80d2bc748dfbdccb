import Passthrough
import SimulatorScripts
import Testing

/// The Simulator as a value: what it starts from, modules and plugs, its speed.
@Suite("Simulator")
struct SimulatorTests {
    @Test("a driver is believed to match what it drives")
    func inference() {
        var host = SimulatedHost(bound: 4, drivers: [])
        #expect(host.simulator.registrationOrder == [host.e1000e])
        #expect(host.unbind(0, host.e1000e) == nil)
        #expect(host.bind(0, host.e1000e) == nil)
        #expect(host.newID("8086 10d3", host.e1000e) == .exists)
    }

    @Test("VFIO's drivers match by override and by the ids that are known")
    func knownIDs() {
        var function = PCIFunction(
            address: SimulatedHost.address(0), id: SimulatedHost.intel, driver: .vfioPCI, iommuGroup: 1)
        var simulator = Simulator(functions: [function])
        #expect(simulator.run(.registerID(SimulatedHost.intel, with: .vfioPCI, for: nil)) == nil)
        simulator = Simulator(functions: [function], dynamicIDs: [.vfioPCI: [SimulatedHost.intel]])
        #expect(simulator.run(.registerID(SimulatedHost.intel, with: .vfioPCI, for: nil)) == .exists)
        #expect(simulator.run(.removeID(SimulatedHost.intel, from: .vfioPCI, for: nil)) == nil)
        function.driverOverride = "vfio-pci"
        simulator = Simulator(functions: [function])
        #expect(simulator.run(.unbind(function.address, from: .vfioPCI)) == nil)
        #expect(simulator.run(.bind(function.address, to: .vfioPCI)) == nil)
    }

    @Test("a recorded driver can be believed in")
    func assumption() {
        var host = SimulatedHost(bound: 0, drivers: [.vfioPCI()])
        #expect(host.bind(0, host.e1000e) == .noEntry)
        host.simulator.assume(host.e1000e, drives: [SimulatedHost.intel])
        #expect(host.bind(0, host.e1000e) == nil)
    }

    @Test("a module's driver takes what matches when it registers, unless autoprobe is off")
    func modules() {
        var host = SimulatedHost(bound: 1)
        let late = SimulatedDriver(host.mlx4, ids: [SimulatedHost.intel], isRegistered: false)
        host.simulator = Simulator(functions: host.simulator.presentFunctions, drivers: [late])
        var manual = host.simulator
        #expect(host.simulator.run(.loadModule(of: host.mlx4, for: nil)) == nil)
        #expect(host.driver(0) == host.e1000e)
        #expect(host.driver(1) == host.mlx4)
        #expect(host.simulator.load("mlx4_core") == nil)
        #expect(host.simulator.load("nothing") == .noEntry)
        #expect(manual.write("/sys/bus/pci/drivers_autoprobe", [UInt8(ascii: "0")]) == nil)
        #expect(manual.load("mlx4_core") == nil)
        #expect(manual.driver(of: SimulatedHost.address(1)) == nil)
        #expect(manual.unplug(SimulatedHost.address(1)) == nil && manual.plug(SimulatedHost.address(1)) == nil)
        #expect(manual.driver(of: SimulatedHost.address(1)) == host.e1000e, "plugging ignores the switch")
    }

    @Test("ids= of vfio-pci are added when it registers, known or not")
    func moduleParameters() {
        var host = SimulatedHost(bound: 1, drivers: [.vfioPCI(isRegistered: false)])
        #expect(host.simulator.load("vfio_pci ids=8086:10d3,zz,8086:10d3,1014:04ed:1014 disable_idle_d3=1") == nil)
        #expect(host.driver(0) == host.e1000e)
        #expect(host.driver(1) == .vfioPCI)
        #expect(host.simulator.drivers[.vfioPCI]?.dynamicIDs.count == 3)
        #expect(host.newID("8086 10d3") == .exists)
    }

    @Test("a driver that goes leaves its functions, and forgets its ids")
    func unload() {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID("8086 10d3") == nil)
        host.simulator.unload(.vfioPCI)
        #expect(host.driver(0) == nil)
        #expect(!host.simulator.isRegistered(.vfioPCI))
        #expect(host.newID("8086 10d3") == .noEntry)
        #expect(host.simulator.load("vfio_pci") == nil)
        #expect(host.driver(0) == nil)
    }

    @Test("plug and unplug")
    func plugging() {
        var host = SimulatedHost()
        #expect(host.plug(0) == .exists)
        #expect(host.plug(9) == .noDevice)
        #expect(host.unplug(0) == nil)
        #expect(host.unplug(0) == .noDevice)
        #expect(host.simulator.function(at: SimulatedHost.address(0)) == nil)
        #expect(host.simulator.presentFunctions.count == 3)
        #expect(host.bind(0, host.e1000e) == .noDevice)
        #expect(host.plug(0) == nil)
        #expect(host.driver(0) == host.e1000e)
    }

    @Test("a new function comes without driver, override and VFs")
    func newFunction() {
        var host = SimulatedHost(bound: 1)
        let function = PCIFunction(
            address: SimulatedHost.address(9), id: SimulatedHost.intel, driver: .vfioPCI, driverOverride: "none",
            virtualFunctionCount: 3)
        #expect(host.simulator.plug(function) == nil)
        #expect(host.driver(9) == host.e1000e)
        #expect(host.override(9) == nil)
        #expect(host.simulator.function(at: function.address)?.virtualFunctionCount == 0)
        #expect(host.simulator.plug(function) == .exists)
    }

    @Test("a copy is another kernel, and says where they differ")
    func valueSemantics() {
        let before = SimulatedHost()
        var after = before
        #expect(after.unbind(0, after.e1000e) == nil && after.unbind(1, after.e1000e) == nil)
        #expect(after.override(1, "vfio-pci\n") == nil && after.bind(1, .vfioPCI) == nil)
        #expect(before.driver(0) == before.e1000e)
        #expect(before.simulator != after.simulator)
        let changes = after.simulator.driverChanges(since: before.simulator)
        #expect(changes.map(\.address) == [SimulatedHost.address(0), SimulatedHost.address(1)])
        #expect(changes.map(\.driver) == [nil, .vfioPCI])
    }

    @Test("thousands of steps on thousands of functions")
    func speed() {
        let mlx4 = SimulatedHost().mlx4
        var functions: [PCIFunction] = []
        for index in 0..<4096 {
            let address = PCIAddress(domain: 1, bus: UInt8(index >> 5), device: UInt8(index & 0x1f), function: 0)
            guard let address else { continue }
            let id = PCIID(vendor: 0x15b3, device: UInt16(index))
            functions.append(PCIFunction(address: address, id: id, driver: mlx4, iommuGroup: UInt32(index)))
        }
        var simulator = Simulator(functions: functions, drivers: [.vfioPCI()])
        for function in functions {
            let steps: [Step] = [
                .setOverride("vfio-pci", of: function.address), .unbind(function.address, from: mlx4),
                .bind(function.address, to: .vfioPCI),
            ]
            for step in steps {
                #expect(simulator.run(step) == nil)
            }
        }
        #expect(simulator.presentFunctions.allSatisfy { $0.driver == .vfioPCI })
    }

    @Test("random writes never trap")
    func randomWrites() {
        var random = SplitMix64(seed: 11)
        var simulator = SimulatedHost(bound: 2).simulator
        let files = [
            "drivers/vfio-pci/new_id", "drivers/vfio-pci/remove_id", "drivers/e1000e/bind", "drivers/e1000e/unbind",
            "drivers_probe", "drivers_autoprobe", "devices/0001:00:00.0/driver_override",
        ]
        let letters = Array("0123456789abcdefx:. \n\0".utf8)
        for _ in 0..<20_000 {
            let path = "/sys/bus/pci/" + (random.element(of: files) ?? "")
            let word = (0..<random.next(below: 40)).compactMap { _ in random.element(of: letters) }
            _ = simulator.write(path, random.chance(1, of: 2) ? word : random.bytes(random.next(below: 40)))
        }
        forRandomTexts(alphabet: "/sybupcidrve.0:") { path in
            _ = simulator.write(path, [10])
            _ = simulator.write("/sys/bus/pci/" + path, [10])
            _ = simulator.load(path)
        }
        #expect(simulator.presentFunctions.count == 4)
    }
}
