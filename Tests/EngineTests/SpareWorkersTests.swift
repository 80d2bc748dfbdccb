import HostFiles
import Passthrough
import Testing

@testable import Engine

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Workers that wait")
struct SpareWorkersTests {
    /// How the work of a spare on a function that has just come ends.
    private static func work(on address: PCIAddress, _ host: MadeUpHost, near others: [PCIAddress] = []) throws
        -> RunningUnit?
    {
        let known = try SnapshotReader(root: host.root).functions()
        let planner = Planner(policies: PolicySet([]), request: PlanRequest(isByUser: false))
        let spares = SpareWorkers(root: host.root, planner: planner, known: known.replacing([]))
        spares.fill()
        #expect(spares.isFull)
        let newcomer = PCIFunction(address: address, id: Scenario.card, classCode: ClassCode(0x020000))
        guard let unit = spares.start(newcomer, near: others) else { return nil }
        #expect(!spares.isFull)
        for _ in 0..<1000 where !unit.isOver {
            unit.advance(deadline: nil, root: host.root)
            usleep(10_000)
        }
        return unit
    }

    @Test("one that is alone in its group is decided about")
    func alone() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            let address = Scenario.address(1)
            try host.add(address, group: 7)
            try host.tree.link("/sys/kernel/iommu_groups/7/devices/\(address)", to: MadeUpHost.folder(address))
            let unit = try #require(try SpareWorkersTests.work(on: address, host))
            #expect(unit.isOver && !unit.isDeclined)
            #expect(unit.outcomes.map(\.address) == [address] && unit.outcomes.map(\.outcome) == [.ignored])
        }
    }

    @Test("one with company, or that is gone, is declined, and nothing is said of it")
    func company() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            for device: UInt8 in 1...2 {
                let address = Scenario.address(device)
                try host.add(address, group: 7)
                try host.tree.link("/sys/kernel/iommu_groups/7/devices/\(address)", to: MadeUpHost.folder(address))
            }
            for device: UInt8 in 1...3 {
                let unit = try #require(try SpareWorkersTests.work(on: Scenario.address(device), host))
                #expect(unit.isOver && unit.isDeclined && unit.outcomes.isEmpty)
            }
        }
    }

    @Test("one whose plan depends on many others is no work for a spare")
    func many() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            for device: UInt8 in 1...8 { try host.add(Scenario.address(device), group: Int(device)) }
            #expect(
                try SpareWorkersTests.work(on: Scenario.address(1), host, near: (2...8).map { Scenario.address($0) })
                    == nil)
        }
    }
}
