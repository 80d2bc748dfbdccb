import Passthrough
import Testing

/// What `remove_id` was seen to do on Linux 6.12 (`drivers/pci/pci-driver.c`).
@Suite("Simulator: remove_id")
struct SimulatorRemoveIDTests {
    @Test("remove_id: ENODEV without a match, the first match only, nothing unbound")
    func removal() {
        var host = SimulatedHost(bound: 0)
        #expect(host.removeID("8086 10d3\n") == .noDevice)
        #expect(host.newID("8086 10d3 8086 1") == nil)
        #expect(host.newID("8086 10d3 8086 a01f") == nil)
        #expect(host.driver(0) == .vfioPCI)
        #expect(host.removeID("8086 10d3") == nil)
        #expect(host.simulator.drivers[.vfioPCI]?.dynamicIDs.map(\.subdevice) == [0xa01f])
        #expect(host.removeID("8086 10d3 8086 1") == .noDevice)
        #expect(host.removeID("8086 10d3 8086 a01f") == nil)
        #expect(host.driver(0) == .vfioPCI)
        #expect(host.unbind(0, .vfioPCI) == nil)
        #expect(host.bind(0, .vfioPCI) == .noDevice)
    }

    @Test("remove_id looks at no wildcard of the entry")
    func removalIsExact() {
        var host = SimulatedHost()
        #expect(host.newID("8086 ffffffff") == nil)
        #expect(host.removeID("8086 10d3") == .noDevice)
        #expect(host.removeID("8086 ffffffff") == nil)
    }
}
