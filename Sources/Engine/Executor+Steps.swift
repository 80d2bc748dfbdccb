import HostFiles
import Passthrough
import SystemPackage

extension Executor {
    /// Makes one step, and what the kernel needs besides: a second try where it says that it is not ready.
    func attempt(_ step: Step, _ work: inout Work) -> Attempt {
        switch step.operation {
        case .registerID, .removeID: return registrar.perform(step)
        case .unbind: return unbind(step, work)
        case .bind: return bind(step, &work)
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
            return Attempt(result: "ok", reason: "the kernel took the unbind, yet \(old) still drives it")
        }
        return .done
    }

    /// `bind` gives the probe's errno. EAGAIN and ENODEV may pass within 2 s of the function's `add` event; EBUSY says that a driver has
    /// it (kernel-facts section 3).
    private func bind(_ step: Step, _ work: inout Work) -> Attempt {
        let deadline = kernel.milliseconds + 2000
        var hasRegistered = false
        while true {
            if kernel.driver(of: work.address) == work.goal { return .done }
            do throws(Errno) {
                try kernel.perform(step)
                return .done
            } catch {
                let driver = kernel.driver(of: work.address)
                if error == .resourceBusy, driver == work.goal { return Attempt(result: error.symbol, reason: nil) }
                if error == .resourceBusy, let driver, let goal = work.goal, !hasRegistered {
                    // Another driver took it between our look and the write: it is freed once more.
                    hasRegistered = true
                    guard free(from: driver, &work) else {
                        return Attempt(result: error.symbol, reason: "\(driver) took it before \(goal) could")
                    }
                    continue
                }
                if error == .operationNotSupportedByDevice, work.plan.method == .newID, !hasRegistered,
                    let id = work.record?.id
                {
                    // The ids of a driver go with its module; what is known of them may be older.
                    hasRegistered = true
                    guard let goal = work.goal else {
                        return Attempt(result: error.symbol, reason: reason(step, error))
                    }
                    _ = registrar.perform(.registerID(id, with: goal, for: work.address), again: true)
                    continue
                }
                let isEarly = error == .resourceTemporarilyUnavailable || error == .operationNotSupportedByDevice
                guard isEarly, kernel.instance(of: work.address) == work.record?.instance,
                    kernel.milliseconds < deadline, work.mayRetry
                else { return Attempt(result: error.symbol, reason: reason(step, error)) }
                kernel.pause(milliseconds: 20)
            }
        }
    }

    private func free(from driver: DriverName, _ work: inout Work) -> Bool {
        let step = Step.unbind(work.address, from: driver)
        willBegin(step, work.plan.timeout)
        let start = kernel.milliseconds
        let problem = unbind(step, work)
        let milliseconds = Int(kernel.milliseconds - start)
        work.made.append(StepOutcome(step: step, result: problem.result, milliseconds: milliseconds))
        if problem.reason == nil, work.record?.nativeDriver == nil {
            work.record?.nativeDriver = driver
            if let record = work.record { try? state.save(record) }
        }
        return problem.reason == nil
    }

    /// `doing: object: reason`.
    func reason(_ step: Step, _ error: Errno) -> String {
        "\(step.operation.rawValue): writing \"\(step.value)\" to \(step.path ?? "modprobe"): \(error.symbol) (\(error))"
    }
}
