import Host
import HostFiles
import Passthrough
import Processes

/// What happens in a worker process: lock, read, plan, execute, record, report.
struct UnitWorker {
    let root: Root
    let job: Job
    let unit: WorkUnit
    /// What the parent read; the unit's own functions are read again under the lock.
    let known: HostSnapshot
    let table: FunctionTable
    /// Milliseconds to wait for locks that others hold.
    let patience: Int
    let pipe: WorkerProcess.Pipe
    /// A function of the unit that was read before the lock was taken.
    var reading: HostReader.Reading?

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
        case .release(let overrides, let passesDrift, let holds):
            release(overrides, passesDrift: passesDrift, holds, executor(signature, on: known) { _ in true })
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

    /// The unit's functions as they are now, with evidence, and those near them as the parent saw them.
    ///
    /// `reading` spares a second one of a function that is what it was.
    private func snapshot(for planner: Planner, reading: HostReader.Reading? = nil) -> HostSnapshot {
        let reader = HostReader(root: root, wanted: planner.policies.wantedFacts, isBrief: true)
        let own = Set(unit.addresses)
        let snapshots = SnapshotReader(root: root, wanted: planner.policies.wantedFacts)
        let known = snapshots.refreshing(own, in: known, droppingStale: true)
        let current = reading.flatMap { reader.stillHolds($0) ? $0.function : nil }
        let fresh = unit.addresses.compactMap { $0 == current?.address ? current : reader.function(at: $0) }
        let functions = table.neighbourhood(of: own, fresh: fresh, followingTypes: false) {
            planner.policy(for: $0, known.records)
        }
        var snapshot = snapshots.snapshot(functions, refreshing: [], from: known)
        // Who has the locks of these works on them, and hangs no more.
        for address in own { snapshot.stuck[address] = nil }
        return snapshots.complete(snapshot, for: planner, overrides: .direct(root), fresh: own)
    }

    private func executor(
        _ signature: LockSet.Signature, on snapshot: HostSnapshot, _ stillStands: @escaping (PCIAddress) -> Bool
    ) -> Executor {
        let kernel = root.kernel(showing: snapshot)
        var signed: Int64 = 0
        return Executor(
            kernel: kernel, state: state, registrar: .besideWorkers(of: unit.keys, root: root, kernel: kernel),
            willBegin: { step, seconds in
                // Steps that follow each other at once share what the locks say, which is a second more than a step may take.
                let deadline = Clock.milliseconds + Int64(seconds) * 1000
                if !(deadline...(deadline + 1000)).contains(signed) {
                    signed = deadline + 1000
                    signature.sign(deadline: signed)
                }
                send(.began(step, seconds: seconds))
            }, stillStands: stillStands)
    }

    // MARK: Rebinding

    private func rebind(_ whole: Planner, _ signature: LockSet.Signature) {
        // Steps are written for the unit alone: a driver or an id that several units need is loaded or registered by each, and by
        // the first that comes to it.
        var request = whole.request
        request.scope = Set(unit.addresses)
        let planner = Planner(policies: whole.policies, request: request)
        liftHolds(planner)
        let (plan, snapshot) = TypeReader(root: root, planner: planner).plan(snapshot(for: planner, reading: reading))
        UseMemory(root: root).update(from: plan, on: snapshot, only: Set(unit.addresses))
        let executor = executor(signature, on: snapshot) { address in
            self.plan(planner).functions.contains { $0.function.address == address && $0.decision == .rebind }
        }
        let own = unit.addresses.compactMap { address in plan.functions.first { $0.function.address == address } }
        let present = Set(own.map(\.function.address))
        for address in unit.addresses where !present.contains(address) {
            send(.ended(FunctionOutcome(address: address, outcome: .vanished, error: "it no longer exists")))
        }
        let work = GroupWork(own) { state.record(of: $0).map { $0.phase != .rebound } ?? false }
        for plan in work.settled { send(.ended(settle(plan, executor))) }
        for plan in work.abandoned { send(.ended(putBack(plan, executor))) }
        for transaction in work.transactions { carryOut(transaction, executor, isByUser: request.isByUser) }
    }

    /// Naming a function lifts its hold and ends `contested`.
    private func liftHolds(_ planner: Planner) {
        for address in unit.addresses where planner.request.names(address) {
            try? state.dropHold(of: address)
            Rounds(root: root).clear(address)
        }
    }

    /// Rebinds functions that go together, and keeps what is to be known of them later.
    private func carryOut(_ plans: [FunctionPlan], _ executor: Executor, isByUser: Bool) {
        for var outcome in executor.rebind(plans) {
            if !isByUser { countRound(outcome) }
            if outcome.outcome == .rebound,
                let plan = plans.first(where: { $0.function.address == outcome.address })
            {
                outcome.error = AccessWriter(root: root).keep(plan) ?? outcome.error
                UseMemory(root: root).keepIdentity(plan.function.id, at: outcome.address)
            }
            send(.ended(outcome))
        }
    }

    /// Counts a round where the function was taken from a driver or given to one, which events follow.
    private func countRound(_ outcome: FunctionOutcome) {
        guard outcome.steps.contains(where: { [.unbind, .bind, .probe].contains($0.step.operation) }) else { return }
        if outcome.outcome == .failed, LockSet.isHeld(LockSet.monitorKey, root: root) {
            Rounds(root: root).leaveToMonitor(outcome.address)
        } else {
            Rounds(root: root).add(outcome.address)
        }
    }

    /// Puts back what a run began and was killed over.
    private func putBack(_ plan: FunctionPlan, _ executor: Executor) -> FunctionOutcome {
        guard let record = state.record(of: plan.function.address) else { return settle(plan, executor) }
        var outcome = executor.putBack(record, plan.function)
        outcome.policy = plan.policy
        return outcome
    }

    /// A function that is left alone is not put back either, for that would be a round more.
    private func leaveAlone(_ plan: FunctionPlan) -> FunctionOutcome {
        Rounds(root: root).keepContested(plan.function.address)
        return FunctionOutcome(
            address: plan.function.address, policy: plan.policy, outcome: .contested, driver: plan.function.driver,
            guards: plan.guards, error: "\(plan.reason); \(rival(of: plan.function))")
    }

    /// What is known of who takes it back.
    private func rival(of function: PCIFunction) -> String {
        var facts = ["its driver is \(function.driver?.text ?? "none")"]
        if let text = HostReader(root: root).driverOverride(of: function.address) {
            facts.append("its driver_override is \(text)")
        }
        let driverctl = "/etc/driverctl.d/\(function.address)"
        if let driver = root.attribute(driverctl) { facts.append("\(driverctl) asks for \(driver)") }
        return facts.joined(separator: ", ")
    }

    private func plan(_ planner: Planner) -> HostPlan {
        TypeReader(root: root, planner: planner).plan(snapshot(for: planner)).plan
    }

    /// The outcome of a function that is not to be rebound. What was begun for it before is ended or undone.
    private func settle(_ plan: FunctionPlan, _ executor: Executor) -> FunctionOutcome {
        if plan.decision == .contested { return leaveAlone(plan) }
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
            address: address, policy: plan.policy, outcome: plan.decision.outcome, driver: driver,
            guards: plan.guards, error: error ?? reason, undone: undone)
    }

    func send(_ message: WorkerMessage) { pipe.send(message.bytes) }
}
