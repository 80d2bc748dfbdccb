import Passthrough
import Testing

/// What `new_id` was seen to do on Linux 6.12 (`drivers/pci/pci-driver.c`).
@Suite("Simulator: new_id")
struct SimulatorNewIDTests {
    @Test(
        "accepts what sscanf reads",
        arguments: [
            "8086 10d3", "0x8086 0x10d3", "8086 10d3\n", "  8086   10d3", "8086\t10d3", "8086 10d3 zz", "0X8086 10D3",
            "8086\n10d3\n", "8086 10d3\0 garbage", "8086 10d3:", "8086 10d3 ffffffff ffffffff 0 0",
            "100008086 10d3", "8086 10d3 ffffffff ffffffff 020000 ff0000",
        ])
    func accepted(text: String) {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID(text) == nil)
        #expect(host.driver(0) == .vfioPCI)
    }

    @Test(
        "EINVAL for fewer than two fields",
        arguments: [
            "8086", "8086:10d3", "8086,10d3", "8086 zz", "\n", " ", "zz", "-8086 10d3", "\08086 10d3", "808610d3",
        ])
    func tooFewFields(text: String) {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID(text) == .invalid)
        #expect(host.removeID(text) == .invalid)
        #expect(host.driver(0) == nil)
    }

    @Test("the kernel's isspace knows 0xa0, the blank of Latin-1")
    func latinBlank() {
        var host = SimulatedHost(bound: 0)
        #expect(
            host.simulator.write(SysfsPath.newID(.vfioPCI), Array("8086".utf8) + [0xa0] + Array("10d3".utf8)) == nil)
        #expect(host.driver(0) == .vfioPCI)
    }

    @Test("a newline is a blank: two lines are one id with a subsystem")
    func newline() {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID("8086 10d3\n8086 a01f") == nil)
        #expect(host.driver(0) == .vfioPCI)
        var other = SimulatedHost(bound: 0)
        #expect(other.newID("8086 10d3\n8086 1118") == nil)
        #expect(other.driver(0) == nil)
        #expect(other.simulator.drivers[.vfioPCI]?.dynamicIDs.count == 1)
    }

    @Test("numbers beyond 16 bits are taken, match nothing and are duplicates of themselves alone")
    func wideNumbers() {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID("18086 10d3") == nil)
        #expect(host.newID("18086 10d3") == .exists)
        #expect(host.newID("8086 110d3") == nil)
        #expect(host.driver(0) == nil)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.newID("28086 10d3") == nil)
        #expect(host.newID("18086 10d3", host.e1000e) == nil, "not the one of its table")
        #expect(host.newID("1000008086 10d3", host.e1000e) == .exists, "cut to 32 bits, which are those of its table")
        #expect(host.removeID("18086 10d3") == nil)
        #expect(host.removeID("18086 10d3") == .noDevice)
    }

    @Test("PCI_ANY_ID takes everything without a driver; a class narrows it")
    func wildcard() {
        var host = SimulatedHost(bound: 1)
        #expect(host.newID("ffffffff ffffffff ffffffff ffffffff 030000 ff0000") == nil)
        #expect(host.driver(1) == nil)
        #expect(host.newID("ffffffff ffffffff") == nil)
        #expect(
            host.simulator.drivers(of: (0..<4).map(SimulatedHost.address)) == [
                host.e1000e, .vfioPCI, .vfioPCI, .vfioPCI,
            ])
    }

    @Test("ffff is no wildcard")
    func sixteenBitWildcard() {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID("ffff ffff") == nil)
        #expect(host.driver(0) == nil)
    }

    @Test("driver_data must stand in the table, where there is one")
    func driverData() {
        var host = SimulatedHost(bound: 0)
        #expect(host.newID("8086 10d3 ffffffff ffffffff 0 0 1") == .invalid)
        #expect(host.driver(0) == nil)
        #expect(host.newID("8086 10d3 ffffffff ffffffff 0 0 1", host.standIn) == nil)
        #expect(host.driver(0) == host.standIn)
    }

    @Test("EINVAL for driver_data comes after EEXIST of the table and before EEXIST of a dynamic id")
    func orderOfErrors() {
        let table = [SimulatedID(vendor: 1, device: 1, driverData: 7)]
        var host = SimulatedHost(bound: 0, drivers: [SimulatedDriver(SimulatedHost().e1000e, staticIDs: table)])
        #expect(host.newID("1 1", host.e1000e) == .exists)
        #expect(host.newID("8086 10d3", host.e1000e) == .invalid)
        #expect(host.newID("8086 10d3 ffffffff ffffffff 0 0 7", host.e1000e) == nil)
        #expect(host.driver(0) == host.e1000e)
        #expect(host.newID("8086 10d3", host.e1000e) == .invalid)
    }

    @Test("seven fields skip the search for duplicates: to be removed as often")
    func sevenFields() {
        var host = SimulatedHost()
        let text = "8086 10d3 ffffffff ffffffff 0 0 0"
        #expect(host.newID(text) == nil)
        #expect(host.newID(text) == nil)
        #expect(host.newID("8086 10d3") == .exists)
        #expect(host.removeID("8086 10d3") == nil)
        #expect(host.newID("8086 10d3") == .exists)
        #expect(host.removeID("8086 10d3") == nil)
        #expect(host.removeID("8086 10d3") == .noDevice)
    }

    @Test("EEXIST for an id of the driver's table or one added before, and nothing is bound")
    func duplicates() {
        var host = SimulatedHost(bound: 1)
        #expect(host.newID("8086 10d3", host.e1000e) == .exists)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.unbind(1, .vfioPCI) == nil)
        #expect(host.newID("8086 10d3") == .exists)
        #expect(host.driver(1) == nil)
    }

    @Test("EEXIST is a match: a wider id covers a narrower one, not the other way round")
    func duplicatesByMatch() {
        var host = SimulatedHost()
        #expect(host.newID("8086 10d3 8086 a01f") == nil)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.newID("8086 10d3 8086 a01f") == .exists)
        #expect(host.newID("8086 ffffffff") == nil)
        #expect(host.newID("8086 1521") == .exists)
    }

    @Test("a wildcard covers ffff, and ffff no wildcard")
    func wildcardDuplicates() {
        var host = SimulatedHost()
        #expect(host.newID("8086 ffff") == nil)
        #expect(host.newID("8086 10d3 ffff ffff") == nil)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.newID("8086 ffffffff") == nil)
        #expect(host.newID("8086 ffff") == .exists)
    }

    @Test("0x alone is the number 0; 0xg is 0 too, and ends there")
    func barePrefix() {
        var host = SimulatedHost()
        #expect(host.newID("0x 0x") == nil)
        #expect(host.simulator.drivers[.vfioPCI]?.dynamicIDs.first == SimulatedID(vendor: 0, device: 0))
        #expect(host.newID("0 0") == .exists)
        #expect(host.newID("0xg 1") == .invalid)
        #expect(host.newID("0x0x8086 10d3") == .invalid)
    }

    @Test("vfio-pci's own entry is no duplicate")
    func overrideOnly() {
        var host = SimulatedHost()
        #expect(host.newID("8086 10d3") == nil)
    }

    @Test("takes every driverless function of the type, wanted or not, and none that is bound")
    func reach() {
        var host = SimulatedHost(bound: 1)
        #expect(host.newID("8086 10d3") == nil)
        #expect(
            host.simulator.drivers(of: (0..<4).map(SimulatedHost.address)) == [
                host.e1000e, .vfioPCI, .vfioPCI, .vfioPCI,
            ])
    }

    @Test("an override keeps a function from another driver's ids")
    func overrideWins() {
        var host = SimulatedHost(bound: 0)
        #expect(host.override(0, "none\n") == nil)
        #expect(host.override(1, "vfio-pci\n") == nil)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.driver(0) == nil)
        #expect(host.driver(1) == .vfioPCI)
    }

    @Test("success even when every probe fails")
    func probesFail() {
        var host = SimulatedHost(bound: 0)
        host.simulator.setProbe(.fails(.inputOutput), of: .vfioPCI)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.driver(0) == nil)
        #expect(host.bind(0, .vfioPCI) == .inputOutput)
    }

    @Test("new_id then unbind leaves the function without a driver")
    func unbindAfterwards() {
        var host = SimulatedHost()
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.unbind(0, host.e1000e) == nil)
        #expect(host.driver(0) == nil)
    }

    @Test("unbind then new_id works once; the second function of the type gets EEXIST and stays free")
    func unbindBefore() {
        var host = SimulatedHost()
        #expect(host.unbind(0, host.e1000e) == nil)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.driver(0) == .vfioPCI)
        #expect(host.unbind(1, host.e1000e) == nil)
        #expect(host.newID("8086 10d3") == .exists)
        #expect(host.driver(1) == nil)
        #expect(host.bind(1, .vfioPCI) == nil)
    }
}
