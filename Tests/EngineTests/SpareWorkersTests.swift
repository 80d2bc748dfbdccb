import Glibc
import HostFiles
import Passthrough
import Testing

@testable import Engine
@testable import Host

@Suite("Workers that wait")
struct SpareWorkersTests {
    /// How the work of a spare on a function that has just come ends.
    private static func work(on address: PCIAddress, _ host: MadeUpHost, changed others: [PCIAddress] = []) throws
        -> RunningUnit?
    {
        let known = try SnapshotReader(root: host.root).functions()
        let planner = Planner(policies: PolicySet([]), request: PlanRequest(isByUser: false))
        let spares = SpareWorkers(root: host.root, planner: planner)
        spares.settle(knowing: KnownHost(known))
        #expect(spares.waitingCount == 2)
        let newcomer = PCIFunction(address: address, id: Scenario.card, classCode: ClassCode(0x020000))
        guard let unit = spares.start(newcomer, changed: others) else { return nil }
        #expect(spares.waitingCount == 1)
        unit.finish(host.root)
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

    @Test("one that is done waits for the next; what is too much, is another's, or has worked enough, ends")
    func again() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            let address = Scenario.address(1)
            try host.add(address, group: 7)
            try host.tree.link("/sys/kernel/iommu_groups/7/devices/\(address)", to: MadeUpHost.folder(address))
            let known = try SnapshotReader(root: host.root).functions()
            let planner = Planner(policies: PolicySet([]), request: PlanRequest(isByUser: false))
            let spares = SpareWorkers(root: host.root, planner: planner)
            let others = SpareWorkers(root: host.root, planner: planner)
            let unit = try #require(WorkUnit.units(of: known.functions).first)
            var pids: Set<Int> = []
            var last: Worker?
            for _ in 0..<65 {
                let running = try #require(spares.start(unit, changed: [], knowing: KnownHost(known)))
                running.finish(host.root)
                #expect(running.outcomes.map(\.outcome) == [.ignored])
                let worker = try #require(running.waitingWorker)
                pids.insert(worker.pid)
                others.takeBack(worker)
                #expect(others.waitingCount == 0)
                spares.takeBack(worker)
                last = worker
            }
            #expect(pids.count == 2 && spares.waitingCount == 1)
            // The first has ended, and was collected.
            #expect(pids.filter { kill(pid_t($0), 0) == 0 } == [try #require(last).pid])
            let crowd = try (0..<4).map { _ in try #require(spares.start(unit, changed: [], knowing: KnownHost(known)))
            }
            for running in crowd {
                running.finish(host.root)
                if let worker = running.waitingWorker { spares.takeBack(worker) }
            }
            #expect(spares.waitingCount == 4)
            spares.settle(knowing: KnownHost(known))
            #expect(spares.waitingCount == 2)
        }
    }

    @Test("one that is killed in its work is missed, and another takes the next order")
    func killed() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            try host.add(Scenario.address(1), group: 7)
            let known = try SnapshotReader(root: host.root).functions()
            let planner = Planner(policies: PolicySet([]), request: PlanRequest(isByUser: false))
            let spares = SpareWorkers(root: host.root, planner: planner)
            let unit = try #require(WorkUnit.units(of: known.functions).first)
            // Another holds its lock, so that it is still at work.
            let lock = try LockSet(unit.keys, root: host.root, patience: 0)
            let running = try #require(spares.start(unit, changed: [], knowing: KnownHost(known), patience: 60_000))
            kill(pid_t(running.pid), SIGKILL)
            running.finish(host.root)
            lock.unlock()
            #expect(running.waitingWorker == nil && running.outcomes.map(\.outcome) == [.failed])
            let next = try #require(spares.start(unit, changed: [], knowing: KnownHost(known)))
            next.finish(host.root)
            #expect(next.outcomes.map(\.outcome) == [.ignored])
        }
    }

    /// The steps by which a spare rebinds the first function, of a policy for its type.
    private static func steps(_ spares: SpareWorkers, _ host: MadeUpHost) throws -> [Step.Operation] {
        let newcomer = PCIFunction(address: Scenario.address(1), id: Scenario.card, classCode: ClassCode(0x020000))
        let unit = try #require(spares.start(newcomer, changed: []))
        unit.finish(host.root)
        spares.takeBack(try #require(unit.waitingWorker))
        return unit.outcomes.flatMap(\.steps).map(\.step.operation)
    }

    @Test("a function that shares its ID counts, whether they were told of it or not")
    func news() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            let other = Scenario.address(2)
            let address = Scenario.address(1)
            try host.add(address, group: 1)
            try host.tree.link("/sys/kernel/iommu_groups/1/devices/\(address)", to: MadeUpHost.folder(address))
            let known = KnownHost(try SnapshotReader(root: host.root).functions())
            let policy = Policy(name: "cards", match: Match(ids: [IDPattern(Scenario.card)]))
            let planner = Planner(policies: PolicySet([policy]))
            let spares = SpareWorkers(root: host.root, planner: planner)
            spares.settle(knowing: known)
            #expect(try SpareWorkersTests.steps(spares, host).first == .registerID)
            // A card of its type that is held must not go with it.
            try host.add(other, group: 2)
            let instance = try #require(HostReader(root: host.root).instance(of: other))
            try StateFolder(root: host.root).hold(other, instance: instance)
            #expect(try SpareWorkersTests.steps(spares, host).first == .setOverride)
            spares.settle(knowing: known, changed: [other])
            for _ in 0..<2 { #expect(try SpareWorkersTests.steps(spares, host).first == .setOverride) }
            // It is gone, and so is its hold.
            try host.root.remove(SysfsPath.device(other))
            spares.settle(knowing: known, changed: [other])
            #expect(try SpareWorkersTests.steps(spares, host).first == .registerID)
            // Of so many they are not told: others are forked.
            let crowd = Set((1...65).map { PCIAddress(domain: 1, bus: $0, device: 0, function: 0)! })
            spares.settle(knowing: known, changed: crowd)
            #expect(spares.waitingCount == 2)
        }
    }

    @Test("one whose plan depends on many that have changed is no work for a spare")
    func many() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            for device: UInt8 in 1...8 { try host.add(Scenario.address(device), group: Int(device)) }
            #expect(
                try SpareWorkersTests.work(on: Scenario.address(1), host, changed: (2...8).map { Scenario.address($0) })
                    == nil)
        }
    }
}

extension KnownHost {
    /// All that a snapshot has.
    fileprivate init(_ snapshot: HostSnapshot) { self.init(snapshot, FunctionTable(snapshot.functions)) }
}
