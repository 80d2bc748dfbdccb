import FoundationEssentials
import HostFiles
import Passthrough

/// What happens in a worker process: lock, read, plan, execute, record, report.
struct UnitWorker {
    let root: Root
    let job: Job
    let unit: WorkUnit
    /// What the parent read; the unit's own functions are read again under the lock.
    let known: HostSnapshot
    /// Milliseconds to wait for locks that others hold.
    let patience: Int
    let pipe: WorkerProcess.Pipe

    var state: StateFolder { StateFolder(root: root) }

    func run() {
        let locks: LockSet
        do throws(LockSet.Failure) {
            locks = try LockSet(unit.keys, root: root, patience: patience)
        } catch {
            for address in unit.addresses { send(.ended(lockedOut(address, error))) }
            return
        }
        let signature = locks.signature
        switch job {
        case .rebind(let planner): rebind(planner, signature)
        case .release(let overrides, let holds): release(overrides, holds, executor(signature) { _ in true })
        }
        for address in unit.addresses { try? state.clearStuck(address) }
        locks.unlock()
    }

    private func lockedOut(_ address: PCIAddress, _ failure: LockSet.Failure) -> FunctionOutcome {
        let driver = HostReader(root: root).driver(of: address)
        switch failure {
        case .held(let holder):
            let who = holder.pid.map { "process \($0)" } ?? "another process"
            let channel = holder.pid.flatMap { ProcessState.waitChannel(of: $0) }.map { " in \($0)" } ?? ""
            let how = holder.isHanging ? "hangs in the kernel\(channel)" : "works on it"
            return FunctionOutcome(
                address: address, outcome: holder.isHanging ? .stuck : .failed, driver: driver,
                error: "\(who), which holds the lock \(holder.key), \(how); nothing was changed")
        case .state(let error):
            return FunctionOutcome(
                address: address, outcome: .failed, driver: driver, error: "\(error); nothing was changed")
        }
    }

    /// The unit's functions as they are now, with evidence; everything else as the parent saw it.
    private func snapshot(for planner: Planner) -> HostSnapshot {
        let reader = HostReader(root: root, wanted: planner.policies.wantedFacts)
        let own = Set(unit.addresses)
        let functions =
            known.functions.filter { !own.contains($0.address) } + unit.addresses.compactMap(reader.function)
        let snapshots = SnapshotReader(root: root)
        let snapshot = snapshots.snapshot(functions, refreshing: own, from: known)
        return snapshots.complete(snapshot, for: planner, overrides: .direct(root), fresh: own)
    }

    private func executor(
        _ signature: LockSet.Signature, _ stillStands: @escaping (PCIAddress) -> Bool
    ) -> Executor<HostKernel> {
        let kernel = HostKernel(root: root)
        return Executor(
            kernel: kernel, state: state, registrar: Registrar(kernel: kernel, root: root),
            willBegin: { step, seconds in
                signature.sign(deadline: Clock.milliseconds + Int64(seconds) * 1000)
                send(.began(step, seconds: seconds))
            }, stillStands: stillStands)
    }

    // MARK: Rebinding

    private func rebind(_ whole: Planner, _ signature: LockSet.Signature) {
        // Steps are written for the unit alone: an id that several units need is registered by the first that comes to it.
        var request = whole.request
        if request.addresses == nil {
            request.addresses = Set(unit.addresses)
            request.isByUser = false
        }
        let planner = Planner(policies: whole.policies, request: request)
        let rounds = Rounds(root: root)
        for address in unit.addresses where planner.request.names(address) {
            try? state.dropHold(of: address)
            rounds.clear(address)
        }
        dropStaleState()
        let snapshot = snapshot(for: planner)
        let plan = planner.plan(snapshot)
        let memory = UseMemory(root: root)
        memory.update(from: plan, on: snapshot, only: Set(unit.addresses))
        let executor = executor(signature) { address in
            self.plan(planner).functions.contains { $0.function.address == address && $0.decision == .rebind }
        }
        var todo: [FunctionPlan] = []
        for address in unit.addresses {
            guard let own = plan.functions.first(where: { $0.function.address == address }) else {
                send(.ended(FunctionOutcome(address: address, outcome: .vanished, error: "it is not there any more")))
                continue
            }
            let refusal = rounds.refusal(of: address, instance: HostReader(root: root).instance(of: address) ?? 0)
            if own.decision == .rebind, refusal.isContested {
                send(.ended(contested(own, refusal.reason)))
            } else if own.decision == .rebind {
                todo.append(own)
            } else {
                send(.ended(settle(own, executor)))
            }
        }
        for outcome in UnitWorker.transactions(todo).flatMap(executor.rebind) {
            if !whole.request.isByUser, !outcome.steps.isEmpty { rounds.add(outcome.address) }
            if outcome.outcome == .rebound, let id = snapshot.function(at: outcome.address)?.id {
                memory.keepIdentity(id, at: outcome.address)
            }
            send(.ended(outcome))
        }
    }

    private func contested(_ plan: FunctionPlan, _ reason: String?) -> FunctionOutcome {
        FunctionOutcome(
            address: plan.function.address, policy: plan.policy, outcome: .contested, driver: plan.function.driver,
            guards: plan.guards, error: reason)
    }

    private func plan(_ planner: Planner) -> HostPlan { planner.plan(snapshot(for: planner)) }

    /// Members of one group whose policies ask for the group go together; every other function alone.
    static func transactions(_ plans: [FunctionPlan]) -> [[FunctionPlan]] {
        var transactions: [[FunctionPlan]] = []
        var byGroup: [UInt32: Int] = [:]
        for plan in plans {
            guard plan.isGroupBound, let group = plan.function.iommuGroup else {
                transactions.append([plan])
                continue
            }
            if let index = byGroup[group] {
                transactions[index].append(plan)
            } else {
                byGroup[group] = transactions.count
                transactions.append([plan])
            }
        }
        return transactions
    }

    /// A record or hold of a function that was unplugged since is nobody's.
    func dropStaleState() {
        let reader = HostReader(root: root)
        for address in unit.addresses {
            let instance = reader.instance(of: address)
            if let record = state.record(of: address), record.instance != instance {
                try? state.dropRecord(of: address)
            }
            if let hold = state.hold(of: address), hold != instance { try? state.dropHold(of: address) }
        }
    }

    /// The outcome of a function that is not to be rebound. What was begun for it before is ended or undone.
    private func settle(_ plan: FunctionPlan, _ executor: Executor<HostKernel>) -> FunctionOutcome {
        let address = plan.function.address
        var undone: [Step]?
        var error: String?
        if var record = state.record(of: address), record.phase != .rebound {
            if plan.decision == .already, plan.function.driver == record.target {
                record.phase = .rebound
                try? state.save(record)
            } else {
                let outcome = executor.putBack(record, plan.function)
                undone = outcome.undone
                error = outcome.error
            }
        }
        let driver = HostReader(root: root).driver(of: address)
        let reason = plan.decision == .already ? nil : plan.reason
        return FunctionOutcome(
            address: address, policy: plan.policy, outcome: UnitWorker.outcome(plan.decision), driver: driver,
            guards: plan.guards, error: error ?? reason, undone: undone)
    }

    static func outcome(_ decision: Decision) -> Outcome {
        switch decision {
        case .rebind: .failed
        case .already: .already
        case .refused: .refused
        case .held: .held
        case .ignored, .unmatched: .ignored
        }
    }

    func send(_ message: WorkerMessage) {
        guard let data = try? JSONEncoder().encode(message) else { return }
        pipe.send(Array(data))
    }
}
