import HostFiles
package import Passthrough
import SystemPackage

/// Makes the steps of plans, in a worker process and nowhere else: journal, write, check, undo.
package struct Executor<Host: Kernel> {
    let kernel: Host
    let state: StateFolder
    let registrar: Registrar<Host>
    /// Told of each step before it is made, with the seconds that it may take.
    let willBegin: (Step, Int) -> Void
    /// Whether the plan for a function still stands, asked again after a write that came back late.
    let stillStands: (PCIAddress) -> Bool

    package init(
        kernel: Host, state: StateFolder, registrar: Registrar<Host>, willBegin: @escaping (Step, Int) -> Void,
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
        guard var record = state.record(of: plan.function.address) else {
            return work.outcome(.already, kernel, error: nil)
        }
        do throws(StateError) {
            record.phase = .releasing
            record.time = Clock.now
            try state.save(record)
            work.record = record
        } catch {
            return work.outcome(.failed, kernel, error: "\(error); nothing was changed")
        }
        if perform(&work, plan.steps), verify(&work) {
            try? state.dropRecord(of: record.address)
            return work.outcome(.released, kernel, error: nil)
        }
        if work.isVanished { return finish(work, failed: true) }
        undo(&work)
        record.phase = .rebound
        record.note = work.error ?? ""
        try? state.save(record)
        return work.outcome(.failed, kernel, error: work.report(kernel, wanted: plan.function.driver))
    }

    /// The journal, ahead of the first write: what was there before the first rebind stays what is remembered.
    private func begin(_ work: inout Work) throws(StateError) {
        let plan = work.plan
        let function = plan.function
        let instance = kernel.instance(of: function.address) ?? 0
        let known = state.record(of: function.address).flatMap { $0.instance == instance ? $0 : nil }
        var record =
            known
            ?? FunctionRecord(
                address: function.address, instance: instance, id: function.id, nativeDriver: function.driver,
                nativeOverride: function.driverOverride, target: plan.target ?? .vfioPCI,
                method: plan.method ?? .driverOverride, policy: plan.policy, phase: .rebinding)
        work.wasKnown = known != nil
        record.target = plan.target ?? .vfioPCI
        record.method = plan.method ?? .driverOverride
        record.policy = plan.policy
        record.phase = .rebinding
        record.time = Clock.now
        record.overrideWritten =
            record.overrideWritten || plan.steps.contains { [.setOverride, .clearOverride].contains($0.operation) }
        try state.save(record)
        work.record = record
    }

    /// Makes steps until one fails; false then, with the reason in the work.
    private func perform(_ work: inout Work, _ steps: [Step]) -> Bool {
        for step in steps where !work.isVanished {
            let start = kernel.milliseconds
            willBegin(step, work.plan.timeout)
            let problem = attempt(step, &work)
            let milliseconds = Int(kernel.milliseconds - start)
            work.made.append(StepOutcome(step: step, result: problem.result, milliseconds: milliseconds))
            if kernel.instance(of: work.address) != work.record?.instance {
                work.isVanished = true
                return true
            }
            if let reason = problem.reason {
                work.error = reason
                return false
            }
            if milliseconds > work.plan.timeout * 1000, !stillStands(work.address) {
                work.error =
                    "\(step.operation.rawValue) took \(milliseconds / 1000) s, and the plan does not stand any more"
                return false
            }
        }
        return true
    }

    /// Only what the links show counts: the driver, and for VFIO its device.
    private func verify(_ work: inout Work) -> Bool {
        guard !work.isVanished else { return true }
        let driver = kernel.driver(of: work.address)
        guard driver == work.goal else {
            work.error = "every write succeeded, yet its driver is \(driver?.text ?? "none")"
            return false
        }
        if let driver, driver.isVFIO, !kernel.hasVFIODevice(work.address) {
            work.error = "\(driver) took it, yet VFIO shows no device: neither vfio-dev/ nor a node of its group"
            return false
        }
        return true
    }

    private func finish(_ work: Work, failed: Bool) -> FunctionOutcome {
        guard let record = work.record else { return work.outcome(.failed, kernel, error: work.error) }
        var ended = record
        ended.time = Clock.now
        if work.isVanished {
            try? state.dropRecord(of: work.address)
            return work.outcome(.vanished, kernel, error: "it was unplugged meanwhile")
        }
        if !failed {
            ended.phase = .rebound
            ended.note = "rebound from \(work.plan.function.driver?.text ?? "no driver")"
            var outcome = work.outcome(.rebound, kernel, error: nil)
            do throws(StateError) {
                try state.save(ended)
            } catch {
                outcome.error = "\(error); it is bound all the same"
            }
            return outcome
        }
        let isBack = kernel.driver(of: work.address) == record.nativeDriver && work.leftOver == nil
        if isBack {
            try? state.dropRecord(of: work.address)
        } else {
            ended.note = work.error ?? "another function of its group failed"
            try? state.save(ended)
        }
        return work.outcome(.failed, kernel, error: work.report(kernel, wanted: work.plan.function.driver))
    }
}
