import Glibc
import HostFiles
import Passthrough
import SystemPackage
import Testing

@testable import Engine
@testable import Host
@testable import Processes

/// Whole units in worker processes over made-up files. Workers are forked: each test has a process of its own.
@Suite("Conductor")
struct ConductorTests {
    static func run(
        _ host: MadeUpHost, timeout: Int? = nil, byAddress: Bool = true, deadline: Int64? = nil
    ) throws -> [FunctionOutcome] {
        let match = byAddress ? Match(addresses: [.exact(Scenario.address(1))]) : Match(ids: [IDPattern(Scenario.card)])
        let planner = Planner(policies: PolicySet([Policy(name: "p", match: match, timeout: timeout)]))
        let snapshot = try SnapshotReader(root: host.root).functions()
        let conductor = Conductor(
            root: host.root, job: .rebind(planner), known: snapshot,
            deadline: deadline.map { Clock.milliseconds + $0 })
        return conductor.run(
            WorkUnit.units(of: snapshot.functions.filter { planner.candidates(in: snapshot).contains($0.address) }))
    }

    @Test("a write that shows no effect is a failure, and is undone")
    func noEffect() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            try host.add(Scenario.address(1))
            let outcome = try #require(try ConductorTests.run(host).first)
            #expect(outcome.outcome == .failed && outcome.driver == Scenario.mlx4)
            #expect(outcome.error?.contains("is still bound to mlx4_core") == true)
            #expect(outcome.steps.map(\.step.operation) == [.setOverride, .unbind])
            #expect(outcome.undone?.map(\.operation) == [.setOverride])
            #expect(host.tree.text(SysfsPath.driverOverride(Scenario.address(1))) == "\n")
            #expect(host.tree.text(SysfsPath.unbind(Scenario.mlx4)) == "0000:01:01.0\n")
            #expect(host.tree.text(SysfsPath.bind(.vfioPCI)) == "")
            #expect(StateFolder(root: host.root).records().records.isEmpty)
        }
    }

    @Test("a missing attribute is a failure with its name")
    func missing() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            try host.add(Scenario.address(1))
            try host.root.remove(SysfsPath.unbind(Scenario.mlx4))
            let outcome = try #require(try ConductorTests.run(host).first)
            #expect(outcome.outcome == .failed)
            #expect(outcome.steps.last?.result == "ENOENT")
            #expect(outcome.error?.contains(SysfsPath.unbind(Scenario.mlx4)) == true)
        }
    }

    @Test("a write that never returns leaves its function stuck; others go on; it is undone when it returns")
    func stuck() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            for device: UInt8 in 1...2 { try host.add(Scenario.address(device), group: Int(device)) }
            try host.add(driver: "e1000e")
            try host.add(Scenario.address(3), driver: "e1000e", group: 3)
            try host.root.remove(SysfsPath.unbind(Scenario.mlx4))
            try host.tree.fifo(SysfsPath.unbind(Scenario.mlx4))
            let outcomes = try ConductorTests.run(host, timeout: 5, byAddress: false)
            #expect(outcomes.map(\.outcome) == [.stuck, .stuck, .failed])
            #expect(outcomes[0].error?.contains("unbind (0000:01:01.0 > \(SysfsPath.unbind(Scenario.mlx4)))") == true)
            let state = StateFolder(root: host.root)
            #expect(state.stuck().count == 2 && state.records().records.count == 2)
            #expect(LockSet.isHeld(WorkUnit.functionKey(Scenario.address(1)), root: host.root))
            // The reader that lets the writes go.
            let reader = try host.root.open(SysfsPath.unbind(Scenario.mlx4), O_RDONLY | O_NONBLOCK)
            while !state.records().records.isEmpty || !state.stuck().isEmpty { usleep(10_000) }
            _ = consume reader
        }
    }

    @Test("what is held by another is not touched, and named")
    func held() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            try host.add(Scenario.address(1))
            let lock = try LockSet([WorkUnit.functionKey(Scenario.address(1))], root: host.root, patience: 0)
            let snapshot = try SnapshotReader(root: host.root).functions()
            let planner = Planner(
                policies: PolicySet([Policy(name: "p", match: Match(addresses: [.exact(Scenario.address(1))]))]))
            let outcomes = Conductor(root: host.root, job: .rebind(planner), known: snapshot, patience: 50)
                .run(WorkUnit.units(of: snapshot.functions))
            #expect(outcomes.map(\.outcome) == [.failed])
            #expect(outcomes[0].error?.contains("process \(getpid())") == true)
            #expect(host.tree.text(SysfsPath.driverOverride(Scenario.address(1))) == "(null)\n")
            lock.unlock()
        }
    }

    @Test("a journal that cannot be written means no write at all", arguments: [StatePath.journal, StatePath.folder])
    func noState(_ path: String) async {
        await #expect(processExitsWith: .success) { [path] in
            let host = try MadeUpHost()
            try host.add(Scenario.address(1))
            try host.tree.file(path, "a file")
            let outcome = try #require(try ConductorTests.run(host).first)
            #expect(outcome.outcome == .failed && outcome.steps.isEmpty)
            #expect(outcome.error?.contains("nothing was changed") == true)
            #expect(host.tree.text(SysfsPath.driverOverride(Scenario.address(1))) == "(null)\n")
        }
    }

    @Test("a worker that dies leaves a sentence")
    func dead() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            try host.add(Scenario.address(1))
            let worker = try WorkerProcess.start(keeping: host.root) { _ in _exit(3) }
            let unit = WorkUnit.units(of: try HostReader(root: host.root).functions())[0]
            let running = RunningUnit(unit: unit, worker: Worker(worker), patience: 0)
            running.finish(host.root)
            #expect(running.outcomes.map(\.outcome) == [.failed])
            #expect(running.outcomes[0].error?.contains("its worker process died") == true)
        }
    }

    /// A function on vfio-pci with a record of that phase, which is given to workers without a policy.
    static func onVFIO(_ phase: FunctionRecord.Phase) throws -> MadeUpHost {
        let host = try MadeUpHost()
        try host.add(Scenario.address(1), driver: "vfio-pci", group: 7)
        let instance = try #require(HostReader(root: host.root).instance(of: Scenario.address(1)))
        try StateFolder(root: host.root).save(
            FunctionRecord(
                address: Scenario.address(1), instance: instance, id: Scenario.card, nativeDriver: Scenario.mlx4,
                nativeOverride: nil, target: .vfioPCI, method: .newID, policy: "gone", phase: phase))
        return host
    }

    @Test("what a killed run left in use is not taken from its user")
    func putBackInUse() async {
        await #expect(processExitsWith: .success) {
            let host = try ConductorTests.onVFIO(.rebinding)
            try host.addProcess(11, files: ["/dev/vfio/7"])
            let snapshot = try SnapshotReader(root: host.root).functions()
            let job = Job.rebind(Planner(policies: PolicySet([])))
            let outcomes = Conductor(root: host.root, job: job, known: snapshot)
                .run(WorkUnit.units(of: snapshot.functions))
            #expect(outcomes.first?.error?.contains("/dev/vfio/7 is open in qemu (pid 11)") == true)
            #expect(host.tree.text(SysfsPath.unbind(.vfioPCI)) == "")
            #expect(StateFolder(root: host.root).records().records.count == 1)
        }
    }

    @Test("a release whose write shows no effect keeps its record and makes no hold")
    func release() async {
        await #expect(processExitsWith: .success) {
            let host = try ConductorTests.onVFIO(.rebound)
            let snapshot = try SnapshotReader(root: host.root).functions()
            let outcomes = Conductor(root: host.root, job: .release(overrides: [], holds: true), known: snapshot)
                .run(WorkUnit.units(of: snapshot.functions))
            #expect(outcomes.map(\.outcome) == [.failed])
            #expect(host.tree.text(SysfsPath.unbind(.vfioPCI)) == "0000:01:01.0\n")
            let state = StateFolder(root: host.root)
            #expect(state.records().records.values.map(\.phase) == [.rebound] && state.holds().isEmpty)
        }
    }

    @Test("ids without a function are registered, written down, and taken back")
    func registrations() async {
        await #expect(processExitsWith: .success) {
            let host = try MadeUpHost()
            let registration = Registration(id: Scenario.card, driver: .vfioPCI, policy: "p", isPresent: false)
            let missing = Registration(id: Scenario.sound, driver: .pciStub, policy: "p", isPresent: false)
            let outcomes = RegistrationWorker.register([registration, missing], root: host.root)
            #expect(outcomes.map(\.result) == ["ok", "EOPNOTSUPP"])
            #expect(host.tree.text(SysfsPath.newID(.vfioPCI)) == "15b3 1003\n")
            #expect(StateFolder(root: host.root).registeredIDs() == [.vfioPCI: [Scenario.card]])
            let unneeded = RegistrationWorker.unneeded(root: host.root)
            #expect(unneeded == [Withdrawal(id: Scenario.card, driver: .vfioPCI)])
            #expect(RegistrationWorker.withdraw(unneeded, root: host.root).map(\.result) == ["ok"])
            #expect(host.tree.text(SysfsPath.removeID(.vfioPCI)) == "15b3 1003\n")
            #expect(StateFolder(root: host.root).registrations().isEmpty)
        }
    }
}
