package import Host
import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// Makes the steps of plans, in a worker process and nowhere else: journal, write, check, undo.
package struct Executor {
    let kernel: any Kernel
    let state: StateFolder
    let registrar: Registrar
    /// Told of each step before it is made, with the seconds that it may take.
    let willBegin: (Step, Int) -> Void
    /// Whether the plan for a function still stands, asked again after a write that came back late.
    let stillStands: (PCIAddress) -> Bool

    package init(
        kernel: any Kernel, state: StateFolder, registrar: Registrar, willBegin: @escaping (Step, Int) -> Void,
        stillStands: @escaping (PCIAddress) -> Bool
    ) {
        self.kernel = kernel
        self.state = state
        self.registrar = registrar
        self.willBegin = willBegin
        self.stillStands = stillStands
    }

    /// Rebinds functions that succeed or fail together, and says how each ended.
    ///
    /// What can fail without touching a function is done for all of them first; a failure of one undoes all.
    package func rebind(_ plans: [FunctionPlan]) -> [FunctionOutcome] {
        var works = plans.map { Work(plan: $0, goal: $0.target) }
        do throws(StateError) {
            for index in works.indices { try begin(&works[index]) }
        } catch {
            for work in works { forget(work) }
            return works.map { $0.outcome(.failed, kernel, error: "\(error); nothing was changed") }
        }
        var failed = false
        for isTakeover in [false, true] where !failed {
            for index in works.indices where !failed {
                failed = !perform(&works[index], works[index].steps(takeover: isTakeover))
            }
        }
        for index in works.indices where !failed { failed = !verify(&works[index]) }
        if failed {
            for index in works.indices.reversed() where !works[index].isVanished { undo(&works[index]) }
        }
        return works.map { finish($0, failed: failed) }
    }

    /// Gives one function back, and keeps the hold that was made for it.
    package func release(_ plan: FunctionPlan) -> FunctionOutcome {
        var work = Work(plan: plan, goal: plan.target)
        work.follow(state.record(of: work.address))
        guard var record = work.previous else { return work.outcome(.already, kernel, error: nil) }
        let steps = plan.steps + begunRegistration(of: record, besides: plan.steps)
        record.phase = .releasing
        record.time = Clock.now
        record.noteOverride(in: steps, before: plan.function.driverOverride)
        work.record = record
        if hasVanished(work) { return vanished(work) }
        do throws(StateError) {
            try state.save(record)
        } catch {
            return work.outcome(.failed, kernel, error: "\(error); nothing was changed")
        }
        let isDone = perform(&work, steps) && verify(&work)
        if work.isVanished { return vanished(work) }
        if isDone {
            var problem = restoreSettings(work)
            try? state.dropRecord(of: record.address)
            problem = takeBackRegistration(&work) ?? problem
            return work.outcome(.released, kernel, error: problem)
        }
        undo(&work)
        keep(work)
        return work.outcome(.failed, kernel, error: work.report(kernel, wanted: work.origin.driver))
    }

    /// The journal, ahead of the first write: what was there before the first rebind stays what is remembered.
    private func begin(_ work: inout Work) throws(StateError) {
        let plan = work.plan
        let function = plan.function
        guard let instance = kernel.instance(of: function.address) else {
            work.isVanished = true
            return
        }
        work.follow(state.record(of: function.address).flatMap { $0.instance == instance ? $0 : nil })
        var record =
            work.previous
            ?? FunctionRecord(
                address: function.address, instance: instance, id: function.id, nativeDriver: function.driver,
                nativeOverride: function.driverOverride, target: plan.target ?? .vfioPCI,
                method: plan.method ?? .driverOverride, policy: plan.policy, phase: .rebinding)
        if work.previous == nil, function.physicalFunction != nil {
            record.settings = kernel.settings(of: function.address)
        }
        record.target = plan.target ?? .vfioPCI
        record.method = plan.method ?? .driverOverride
        record.policy = plan.policy
        record.phase = .rebinding
        record.time = Clock.now
        record.noteOverride(in: plan.steps, before: function.driverOverride)
        try state.save(record)
        work.record = record
    }

    /// Puts the journal back as it was before a run that did nothing.
    private func forget(_ work: Work) {
        if let previous = work.previous {
            try? state.save(previous)
        } else if work.record != nil {
            try? state.dropRecord(of: work.address)
        }
    }

    /// Makes steps until one fails; false then, with the reason in the work.
    private func perform(_ work: inout Work, _ steps: [Step]) -> Bool {
        guard !steps.isEmpty else { return true }
        work.isVanished = work.isVanished || hasVanished(work)
        for step in steps where !work.isVanished {
            let problem = timed(step, &work) { attempt(step, &$0) }
            let milliseconds = work.made[work.made.count - 1].milliseconds
            takeOverrideBack(&work)
            if hasVanished(work) {
                work.isVanished = true
                return true
            }
            if let reason = problem.reason {
                work.error = reason
                return false
            }
            if milliseconds > work.plan.timeout * 1000, !isAtGoal(work), !stillStands(work.address) {
                work.error =
                    "\(step.operation.rawValue) took \(milliseconds / 1000) s, and conditions have changed since, so the change was rolled back"
                return false
            }
        }
        return true
    }

    private func isAtGoal(_ work: Work) -> Bool { kernel.driver(of: work.address) == work.goal }

    /// Whether the function that the work is about is gone; another one may be at its address.
    func hasVanished(_ work: Work) -> Bool { kernel.instance(of: work.address) != work.record?.instance }

    /// Only what the links show counts: the driver, and for VFIO its device.
    private func verify(_ work: inout Work) -> Bool {
        work.isVanished = work.isVanished || hasVanished(work)
        guard !work.isVanished else { return true }
        let driver = kernel.driver(of: work.address)
        guard driver == work.goal else {
            work.error = "every write succeeded, but its driver is \(driver?.text ?? "none")"
            return false
        }
        if let driver, driver.isVFIO, !awaitsVFIODevice(work) {
            work.error =
                "\(driver) was bound, but VFIO has no device for it: neither vfio-dev/ nor a node of its group exists"
            return false
        }
        return true
    }

    /// Whether VFIO shows a device. The driver's link is there before its probe begins (drivers/base/dd.c, really_probe), and the
    /// probe may be one that another worker's `new_id` began, so it is waited for a little.
    private func awaitsVFIODevice(_ work: Work) -> Bool {
        let deadline = kernel.milliseconds + Executor.patience
        while !kernel.hasVFIODevice(work.address) {
            guard kernel.milliseconds < deadline, isAtGoal(work), !hasVanished(work) else { return false }
            kernel.pause(milliseconds: 10)
        }
        return true
    }

    /// Gives a VF its MAC address and VLAN again, where the change of drivers made its PF forget them.
    func restoreSettings(_ work: Work) -> String? {
        guard let settings = work.record?.settings, !work.made.isEmpty else { return nil }
        return kernel.restore(settings, of: work.address)
    }

    /// The end of a function that was unplugged: its record and its hold are removed, registered IDs stay.
    private func vanished(_ work: Work) -> FunctionOutcome {
        if let record = state.record(of: work.address), record.instance != kernel.instance(of: work.address) {
            try? state.dropRecord(of: work.address)
        }
        return work.outcome(.vanished, kernel, error: "it was unplugged meanwhile")
    }

    private func finish(_ work: Work, failed: Bool) -> FunctionOutcome {
        if work.isVanished || hasVanished(work) { return vanished(work) }
        if failed {
            keep(work)
            return work.outcome(.failed, kernel, error: work.report(kernel, wanted: work.origin.driver))
        }
        var outcome = work.outcome(.rebound, kernel, error: nil)
        guard var record = work.record else { return outcome }
        record.time = Clock.now
        record.phase = .rebound
        record.note = "rebound from \(work.origin.driver?.text ?? "no driver")"
        do throws(StateError) {
            try state.save(record)
        } catch {
            outcome.error = "\(error); it is bound nevertheless"
        }
        outcome.error = restoreSettings(work) ?? outcome.error
        return outcome
    }

    /// The journal after a failure: nothing where the function is as it was before this program first touched it, else what
    /// there is to end or to undo.
    private func keep(_ work: Work) {
        guard let record = work.record else { return }
        let isClear = !record.overrideWritten || kernel.driverOverride(of: work.address) == record.nativeOverride
        if work.leftOver == nil, isClear, kernel.driver(of: work.address) == record.nativeDriver {
            try? state.dropRecord(of: work.address)
            return
        }
        var kept = record
        if work.leftOver == nil, let previous = work.previous { kept = previous }
        kept.time = Clock.now
        kept.note = work.error ?? "another function of its group failed"
        try? state.save(kept)
    }
}
