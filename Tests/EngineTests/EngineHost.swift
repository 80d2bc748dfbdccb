import HostFiles
import Passthrough
import SystemPackage

@testable import Engine
@testable import Host

/// A simulated kernel with a journal below a made-up root, worked on as `UnitWorker` works on a real one.
final class EngineHost {
    let tree: TemporaryTree
    let kernel: SimulatedKernel
    let policies: [Policy]
    var holds: Set<PCIAddress> = []
    /// What `stillStands` answers.
    var stands = true
    /// The host before anything was done.
    let original: Simulator

    init(_ simulator: Simulator, _ policies: [Policy]) throws {
        tree = try TemporaryTree()
        kernel = SimulatedKernel(simulator, root: tree.root)
        self.policies = policies
        original = simulator
    }

    var state: StateFolder { StateFolder(root: tree.root) }

    var executor: Executor {
        Executor(
            kernel: kernel, state: state, registrar: Registrar(kernel: kernel, root: tree.root),
            willBegin: { _, _ in }, stillStands: { _ in self.stands })
    }

    /// What `SnapshotReader` would read.
    func snapshot() -> HostSnapshot {
        let records = state.records().records.filter { kernel.instance(of: $0.key) == $0.value.instance }
        var presence: [DriverName: DriverPresence] = [:]
        for driver in kernel.simulator.drivers.values {
            presence[driver.name] = driver.isRegistered ? .registered : .loadable
        }
        return HostSnapshot(
            functions: kernel.simulator.presentFunctions, drivers: presence, records: records, holds: holds,
            registeredIDs: state.registeredIDs())
    }

    func plan(_ request: PlanRequest = PlanRequest()) -> HostPlan {
        Planner(policies: PolicySet(policies), request: request).plan(snapshot())
    }

    /// `apply`: the policies, or none, are made true; what was begun before is ended or undone.
    @discardableResult
    func apply(wanted: Bool = true) -> [FunctionOutcome] {
        for record in state.records().records.values where kernel.instance(of: record.address) != record.instance {
            try? state.dropRecord(of: record.address)
        }
        let plan = Planner(policies: PolicySet(wanted ? policies : [])).plan(snapshot())
        let work = GroupWork(plan.functions) { self.state.record(of: $0).map { $0.phase != .rebound } ?? false }
        var outcomes = work.settled.compactMap(settle)
        for plan in work.abandoned {
            if let record = state.record(of: plan.function.address) {
                outcomes.append(executor.putBack(record, plan.function))
            }
        }
        for transaction in work.transactions { outcomes += executor.rebind(transaction) }
        return outcomes.sorted { $0.address < $1.address }
    }

    private func settle(_ plan: FunctionPlan) -> FunctionOutcome? {
        guard var record = state.record(of: plan.function.address), record.phase != .rebound else { return nil }
        if plan.decision == .already, plan.function.driver == record.target {
            record.phase = .rebound
            try? state.save(record)
            return nil
        }
        return executor.putBack(record, plan.function)
    }

    /// `release` of every function that the journal names.
    @discardableResult
    func release() -> [FunctionOutcome] {
        state.records().records.keys.sorted().map { address in
            let snapshot = snapshot()
            let function = snapshot.function(at: address)
            guard let function else { return FunctionOutcome(address: address, outcome: .vanished) }
            let plan = ReleasePlan.plan(for: function, in: snapshot, overrides: [])
            return executor.release(plan)
        }
    }

    // MARK: Instants

    /// All that a kill leaves behind: the kernel, and the files of the state folder.
    struct Instant {
        let simulator: Simulator
        let files: [String: [UInt8]]
    }

    private static let folders = [StatePath.journal, StatePath.registeredIDs, StatePath.holds]

    func instant() -> Instant {
        var files: [String: [UInt8]] = [:]
        for folder in EngineHost.folders {
            for name in (try? tree.root.names(in: folder)) ?? [] {
                files["\(folder)/\(name)"] = try? tree.root.read("\(folder)/\(name)", limit: 1 << 20)
            }
        }
        return Instant(simulator: kernel.simulator, files: files)
    }

    /// Every state that a kill at some instant of the work would leave, in order.
    func instants(of work: (EngineHost) -> Void) -> [Instant] {
        var instants = [instant()]
        kernel.watch = { [unowned self] _ in
            let now = instant()
            guard let last = instants.last else { return }
            if !now.simulator.isInSameState(as: last.simulator) || now.files != last.files { instants.append(now) }
        }
        work(self)
        kernel.watch(kernel)
        kernel.watch = { _ in }
        return instants
    }

    /// Goes back to an instant, without the faults that led to it.
    func restore(_ instant: Instant) throws {
        for name in self.instant().files.keys { try tree.root.remove(name) }
        for (name, bytes) in instant.files { try tree.file(name, bytes: bytes) }
        kernel.simulator = instant.simulator
        kernel.simulator.faults = [:]
    }
}
