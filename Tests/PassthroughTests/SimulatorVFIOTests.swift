import Passthrough
import Testing

/// What vfio-pci's probe refuses, and what virtual functions do (`vfio_pci_core_register_device`, `pci_device_can_probe`).
@Suite("Simulator: vfio-pci and SR-IOV")
struct SimulatorVFIOTests {
    private func simulator(_ change: (inout PCIFunction) -> Void) -> Simulator {
        var function = PCIFunction(
            address: SimulatedHost.address(0), id: SimulatedHost.intel, driverOverride: "vfio-pci", iommuGroup: 1,
            headerType: 0x80)
        change(&function)
        return Simulator(functions: [function], drivers: [.vfioPCI()])
    }

    private let bind = Step.bind(SimulatedHost.address(0), to: .vfioPCI)

    @Test("binds an endpoint with a group, its header unreadable or not")
    func endpoint() {
        var readable = simulator { _ in }
        #expect(readable.run(bind) == nil)
        var unreadable = simulator { $0.headerType = nil }
        #expect(unreadable.run(bind) == nil)
    }

    @Test("EINVAL for a bridge, a function without a group, a type of the deny list")
    func invalid() {
        var bridge = simulator { $0.headerType = 0x81 }
        #expect(bridge.run(bind) == .invalid)
        var denied = simulator { $0.id = PCIID(vendor: 0x8086, device: 0x0b25) }
        #expect(denied.run(bind) == .invalid)
        var groupless = simulator { $0.iommuGroup = nil }
        #expect(groupless.run(bind) == .invalid)
        groupless.allowsNoIOMMU = true
        #expect(groupless.run(bind) == nil)
    }

    @Test("new_id says success over the same functions, and leaves them")
    func newID() {
        var groupless = simulator {
            $0.iommuGroup = nil
            $0.driverOverride = nil
        }
        #expect(groupless.run(.registerID(SimulatedHost.intel, with: .vfioPCI, for: nil)) == nil)
        #expect(groupless.driver(of: SimulatedHost.address(0)) == nil)
        #expect(groupless.run(bind) == .invalid)
    }

    @Test("where vfio-pci refuses a function, the next driver that knows its type gets it")
    func refusedThenNext() throws {
        let standIn = SimulatedHost().standIn
        for change in [{ $0.iommuGroup = nil }, { $0.id = PCIID(vendor: 0x8086, device: 0x0cfe) }]
            as [(inout PCIFunction) -> Void]
        {
            var simulator = simulator {
                change(&$0)
                $0.driverOverride = nil
            }
            let address = SimulatedHost.address(0)
            let id = try #require(simulator.function(at: address)?.id)
            simulator.assume(standIn, drives: [])
            #expect(simulator.run(.registerID(id, with: .vfioPCI, for: nil)) == nil)
            #expect(simulator.driver(of: address) == nil)
            #expect(simulator.run(.registerID(id, with: standIn, for: nil)) == nil)
            #expect(simulator.driver(of: address) == standIn)
            #expect(simulator.unplug(address) == nil && simulator.plug(address) == nil)
            #expect(simulator.driver(of: address) == standIn)
        }
    }

    @Test("EBUSY for a PF with VFs")
    func physicalFunction() {
        var simulator = simulator { $0.virtualFunctionCount = 2 }
        #expect(simulator.run(bind) == .busy)
    }

    /// A PF on nvme with two VFs without a driver.
    private func sriov() -> Simulator {
        let nvme = DriverName("nvme")
        let id = PCIID(vendor: 0x1b36, device: 0x0010)
        let functions = (0..<3).map { index in
            PCIFunction(
                address: SimulatedHost.address(index), id: id, driver: index == 0 ? nvme : nil,
                iommuGroup: UInt32(index), physicalFunction: index == 0 ? nil : SimulatedHost.address(0),
                virtualFunctionCount: index == 0 ? 2 : 0, headerType: 0)
        }
        return Simulator(functions: functions, drivers: [.vfioPCI()])
    }

    @Test("without autoprobe of the PF a VF is bound by override alone")
    func autoprobe() throws {
        var simulator = sriov()
        let virtual = SimulatedHost.address(1)
        let nvme = try #require(DriverName("nvme"))
        simulator.setVirtualFunctionAutoprobe(false, of: SimulatedHost.address(0))
        #expect(simulator.run(.probe(virtual)) == nil)
        #expect(simulator.driver(of: virtual) == nil)
        #expect(simulator.run(.bind(virtual, to: nvme)) == .noDevice)
        #expect(simulator.run(.registerID(PCIID(vendor: 0x1b36, device: 0x0010), with: .vfioPCI, for: nil)) == nil)
        #expect(simulator.driver(of: virtual) == nil)
        #expect(simulator.run(.setOverride("vfio-pci", of: virtual)) == nil)
        #expect(simulator.run(.bind(virtual, to: .vfioPCI)) == nil)
    }

    @Test("VFs of the PF's id are taken by its new_id")
    func siblings() {
        var simulator = sriov()
        #expect(simulator.run(.registerID(PCIID(vendor: 0x1b36, device: 0x0010), with: .vfioPCI, for: nil)) == nil)
        #expect(simulator.driver(of: SimulatedHost.address(1)) == .vfioPCI)
        #expect(simulator.driver(of: SimulatedHost.address(2)) == .vfioPCI)
    }

    @Test("nvme leaves its VFs when it is unbound, others take them away")
    func unbindPF() throws {
        let nvme = try #require(DriverName("nvme"))
        var simulator = sriov()
        #expect(simulator.run(.unbind(SimulatedHost.address(0), from: nvme)) == nil)
        #expect(simulator.function(at: SimulatedHost.address(1)) != nil)
        #expect(simulator.run(.setOverride("vfio-pci", of: SimulatedHost.address(0))) == nil)
        #expect(simulator.run(.bind(SimulatedHost.address(0), to: .vfioPCI)) == .busy)

        var driver = SimulatedDriver(nvme)
        driver.removesVirtualFunctions = true
        var other = Simulator(functions: sriov().presentFunctions, drivers: [.vfioPCI(), driver])
        #expect(other.run(.unbind(SimulatedHost.address(0), from: nvme)) == nil)
        #expect(other.function(at: SimulatedHost.address(1)) == nil)
        #expect(other.function(at: SimulatedHost.address(0))?.virtualFunctionCount == 0)
    }

    @Test("VFs go with their PF and count for it")
    func plugging() {
        var simulator = sriov()
        #expect(simulator.unplug(SimulatedHost.address(2)) == nil)
        #expect(simulator.function(at: SimulatedHost.address(0))?.virtualFunctionCount == 1)
        #expect(simulator.unplug(SimulatedHost.address(0)) == nil)
        #expect(simulator.presentFunctions.isEmpty)
        #expect(simulator.plug(SimulatedHost.address(1)) == .noDevice)
        #expect(simulator.plug(SimulatedHost.address(0)) == nil)
        #expect(simulator.function(at: SimulatedHost.address(0))?.virtualFunctionCount == 0)
        #expect(simulator.plug(SimulatedHost.address(1)) == nil)
        #expect(simulator.function(at: SimulatedHost.address(0))?.virtualFunctionCount == 1)
    }
}
