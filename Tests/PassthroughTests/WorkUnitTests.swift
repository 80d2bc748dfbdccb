import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Work units")
struct WorkUnitTests {
    @Test("slots, groups, and PFs with their VFs go together, directly or through others")
    func units() {
        var virtual = Host.card(9, group: 90)
        virtual.physicalFunction = Host.address(1)
        let functions = [
            Host.card(1, group: 1), Host.card(1, 1, group: 2), Host.card(2, group: 2), Host.card(3, group: 3), virtual,
            Host.card(4, group: 4), Host.card(5, group: 4),
        ]
        let units = WorkUnit.units(of: functions.shuffled())
        #expect(
            units.map(\.addresses) == [
                [Host.address(1), Host.address(1, 1), Host.address(2), Host.address(9)], [Host.address(3)],
                [Host.address(4), Host.address(5)],
            ])
        #expect(
            units[1].keys == ["function-0000:01:03.0", "group-3", "slot-0000:01:03"])
        #expect(units[0].keys.contains("slot-0000:01:01") && !units[0].keys.contains("slot-0000:01:09"))
    }

    @Test("functions of a driver that lets go one by one go together")
    func oneByOne() {
        var functions = [Host.card(1, group: 1), Host.card(2, group: 2), Host.card(3, group: 3)]
        for index in 0..<2 { functions[index].driver = DriverName("ioatdma") }
        let units = WorkUnit.units(of: functions)
        #expect(units.map(\.addresses) == [[Host.address(1), Host.address(2)], [Host.address(3)]])
        #expect(units[0].keys.contains("driver-ioatdma"))
    }

    @Test("a function without a group stands alone")
    func alone() {
        let functions = [1, 2].map { device in
            PCIFunction(address: Host.address(device), id: Host.mellanox)
        }
        #expect(WorkUnit.units(of: functions).count == 2)
        #expect(WorkUnit.units(of: []).isEmpty)
    }

    @Test("units that share nothing share no key")
    func disjoint() {
        let units = WorkUnit.units(of: (0..<30).map { Host.card($0, group: UInt32($0 / 3)) })
        #expect(units.count == 10)
        #expect(Set(units.flatMap(\.keys)).count == units.map(\.keys.count).reduce(0, +))
    }
}
