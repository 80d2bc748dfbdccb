import HostFiles
import Passthrough
import SystemPackage

extension Executor {
    /// Undoes what was made, so that the function ends on the driver that it had.
    ///
    /// The override goes first: while it names another driver, the old one is refused with ENODEV (kernel-facts section 2).
    func undo(_ work: inout Work) {
        guard !work.made.isEmpty else { return }
        work.undone = []
        restoreOverride(&work)
        restoreDriver(&work)
        for made in work.made.reversed() where made.step.operation == .registerID && made.result == "ok" {
            undoRegistration(made.step, &work)
        }
        for made in work.made.reversed() where made.step.operation == .removeID && made.result == "ok" {
            if let id = work.record?.id, let driver = work.record?.target {
                let attempt = registrar.perform(.registerID(id, with: driver, for: work.address))
                if attempt.reason == nil { work.undone?.append(made.step) }
            }
        }
    }

    private func restoreOverride(_ work: inout Work) {
        let isOurs = { (made: StepOutcome) in
            [.setOverride, .clearOverride].contains(made.step.operation) && made.result == "ok"
        }
        guard let made = work.made.last(where: isOurs) else { return }
        let before = work.plan.function.driverOverride
        let step = before.map { Step.setOverride($0, of: work.address) } ?? .clearOverride(of: work.address)
        if let problem = tryQuietly(step) {
            work.leftOver = "its driver_override could not be restored (\(problem)); mend it with: \(command(step))"
        } else {
            work.undone?.append(made.step)
        }
    }

    private func restoreDriver(_ work: inout Work) {
        let old = work.plan.function.driver
        if let driver = kernel.driver(of: work.address), driver != old, driver == work.goal {
            let step = Step.unbind(work.address, from: driver)
            willBegin(step, work.plan.timeout)
            if let problem = tryQuietly(step) {
                work.leftOver =
                    "it could not be taken from \(driver) again (\(problem)); mend it with: \(command(step))"
                return
            }
            if let made = work.made.last(where: { $0.step.operation == .bind }) { work.undone?.append(made.step) }
        }
        guard let old, kernel.driver(of: work.address) == nil else { return }
        let step = Step.bind(work.address, to: old)
        willBegin(step, work.plan.timeout)
        let problem = tryQuietly(step)
        if kernel.driver(of: work.address) == old {
            if let made = work.made.last(where: { $0.step.operation == .unbind }) { work.undone?.append(made.step) }
        } else {
            work.leftOver =
                "it has no driver: \(old) did not take it back (\(problem ?? "no effect")); mend it with: \(command(step))"
        }
    }

    private func undoRegistration(_ step: Step, _ work: inout Work) {
        guard let id = work.record?.id, let driver = work.record?.target else { return }
        let others = state.records().records.values.filter {
            $0.address != work.address && $0.id == id && $0.target == driver && $0.method == .newID
        }
        guard others.isEmpty else { return }
        let attempt = registrar.perform(.removeID(id, from: driver, for: work.address))
        if attempt.reason == nil { work.undone?.append(step) }
    }

    /// Makes a step of an undo; the errno's name if it fails.
    private func tryQuietly(_ step: Step) -> String? {
        do throws(Errno) {
            try kernel.perform(step)
            return nil
        } catch {
            return error.symbol
        }
    }

    /// The same step as a shell command.
    private func command(_ step: Step) -> String { "echo \(step.value) > \(step.path ?? "")" }
}
