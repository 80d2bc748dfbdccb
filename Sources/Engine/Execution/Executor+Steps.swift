import Host
import HostFiles
import Passthrough
import SystemPackage

extension Executor {
    /// Makes a step, and notes in the work how it ended and how long it took.
    func timed(_ step: Step, _ work: inout Work, _ make: (inout Work) -> Attempt) -> Attempt {
        let start = kernel.milliseconds
        willBegin(step, work.plan.timeout)
        let attempt = make(&work)
        let milliseconds = Int(kernel.milliseconds - start)
        work.made.append(StepOutcome(step: step, result: attempt.result, milliseconds: milliseconds))
        return attempt
    }

    /// Makes one step, and what the kernel needs besides: a second try where it says that it is not ready.
    func attempt(_ step: Step, _ work: inout Work) -> Attempt {
        switch step.operation {
        case .registerID, .removeID: return registrar.perform(step)
        case .unbind: return unbind(step, work)
        case .bind: return bind(step, &work)
        case .loadModule:
            do throws(LoadFailure) {
                try kernel.load(step)
                return .done
            } catch {
                return Attempt(result: error.error.symbol, reason: "\(step.operation.rawValue): \(error)")
            }
        default:
            do throws(Errno) {
                try kernel.perform(step)
                return .done
            } catch {
                return Attempt(result: error.symbol, reason: reason(step, error))
            }
        }
    }

    /// ENODEV says that another driver, or none, has it by now (drivers/base/bus.c, unbind_store).
    private func unbind(_ step: Step, _ work: Work) -> Attempt {
        guard let old = kernel.driver(of: work.address) else { return .done }
        do throws(Errno) {
            try kernel.perform(step)
        } catch {
            guard error == .operationNotSupportedByDevice, kernel.driver(of: work.address) == nil else {
                return Attempt(result: error.symbol, reason: reason(step, error))
            }
            return Attempt(result: error.symbol, reason: nil)
        }
        guard kernel.driver(of: work.address) != old else {
            return Attempt(
                result: "ok", reason: "the kernel accepted the unbind, but the function is still bound to \(old)")
        }
        return .done
    }

    /// Milliseconds for which a driver that is not ready is asked again.
    static var patience: Int64 { 2000 }

    /// `bind` gives the probe's errno. EAGAIN and ENODEV may pass within 2 s of the function's `add` event; EBUSY says that a driver has
    /// it (`pci_bus_add_device`, drivers/pci/bus.c).
    private func bind(_ step: Step, _ work: inout Work) -> Attempt {
        let deadline = kernel.milliseconds + Executor.patience
        var wasMended = false
        while true {
            if kernel.driver(of: work.address) == work.goal { return .done }
            do throws(Errno) {
                try kernel.perform(step)
                return .done
            } catch {
                let driver = kernel.driver(of: work.address)
                if error == .resourceBusy, driver == work.goal { return Attempt(result: error.symbol, reason: nil) }
                if !wasMended, mend(error, &work) {
                    wasMended = true
                    continue
                }
                let isEarly = error == .resourceTemporarilyUnavailable || error == .operationNotSupportedByDevice
                guard isEarly, !hasVanished(work), kernel.milliseconds < deadline else {
                    return Attempt(result: error.symbol, reason: reason(step, error))
                }
                kernel.pause(milliseconds: 20)
                // The time that a write may take begins anew with each.
                willBegin(step, work.plan.timeout)
            }
        }
    }

    /// Removes what a bind met, once: another driver that took the function between our look and the write, or an id that went with its
    /// driver's module since it was registered.
    private func mend(_ error: Errno, _ work: inout Work) -> Bool {
        if error == .resourceBusy, let driver = kernel.driver(of: work.address) { return free(from: driver, &work) }
        if error == .operationNotSupportedByDevice, work.goal != work.record?.target { return lendOverride(&work) }
        guard error == .operationNotSupportedByDevice, work.plan.method == .newID, work.goal == work.record?.target,
            let goal = work.goal, let id = work.record?.id
        else { return false }
        // Taken back meanwhile: another function of the ID has to stay.
        if state.registration(of: id, with: goal) == nil { return lendOverride(&work) }
        let step = Step.registerID(id, with: goal, for: work.address)
        return timed(step, &work) { _ in registrar.perform(step, again: true) }.reason == nil
    }

    private func free(from driver: DriverName, _ work: inout Work) -> Bool {
        let step = Step.unbind(work.address, from: driver)
        let problem = timed(step, &work) { unbind(step, $0) }
        if problem.reason == nil, work.origin.driver == nil {
            work.origin.driver = driver
            if work.previous == nil { work.record?.nativeDriver = driver }
            if let record = work.record { try? state.save(record) }
        }
        return problem.reason == nil
    }

    /// `doing: object: reason`.
    func reason(_ step: Step, _ error: Errno) -> String {
        "\(step.operation.rawValue): writing \"\(step.value)\" to \(step.path ?? ""): \(error.symbol) (\(error))"
    }
}
