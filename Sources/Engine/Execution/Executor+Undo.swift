import Host
import HostFiles
import Passthrough
import SystemPackage

extension Executor {
    /// Undoes what was made, so that the function ends on the driver that it had.
    func undo(_ work: inout Work) {
        guard !work.made.isEmpty || work.isResumed, !hasVanished(work) else { return }
        registerAgain(work)
        let steps = work.origin.steps(for: now(work), from: work.goal)
        work.record?.noteOverride(in: steps, before: work.origin.driverOverride)
        if let record = work.record { try? state.save(record) }
        var problems: [Step: String] = [:]
        for step in steps {
            problems[step] = tryQuietly(step, work)
            if step.operation == .bind, problems[step] == "ENODEV", let driver = work.origin.driver {
                problems[step] = bindByOverride(step, to: driver, &work)
            }
        }
        var left = work.origin.steps(for: now(work), from: work.goal)
        if let problem = restoreSettings(work) {
            work.error = [work.error, problem].compactMap { $0 }.joined(separator: "; ")
        }
        for step in registrationsToTakeBack(work) {
            willBegin(step, work.plan.timeout)
            let attempt = registrar.perform(step)
            if attempt.reason != nil {
                problems[step] = attempt.result
                left.append(step)
            } else {
                left += letGoOfOthers(work, &problems)
            }
        }
        if !left.isEmpty, !hasVanished(work) {
            let sentences = left.map { $0.complaint(problems[$0] ?? "no effect") }
            let commands = left.map(\.shellCommand).joined(separator: " && ")
            work.leftOver = "\(sentences.joined(separator: "; ")); to repair it, run: \(commands)"
        }
        if !work.made.isEmpty {
            work.undone = work.made.reversed().filter { isUndone($0, work, by: steps) }.map(\.step)
        }
    }

    /// The function of the plan as it is now.
    private func now(_ work: Work) -> PCIFunction {
        var function = work.plan.function
        function.driver = kernel.driver(of: work.address)
        function.driverOverride = kernel.driverOverride(of: work.address)
        return function
    }

    /// Frees the functions that a registration took besides, which had no driver and no policy; the steps that failed.
    private func letGoOfOthers(_ work: Work, _ problems: inout [Step: String]) -> [Step] {
        guard let driver = work.record?.target else { return [] }
        var left: [Step] = []
        for address in work.plan.alsoTaken
        where kernel.driver(of: address) == driver && state.record(of: address) == nil {
            let step = Step.unbind(address, from: driver)
            problems[step] = tryQuietly(step, work)
            if kernel.driver(of: address) == driver { left.append(step) }
        }
        return left
    }

    /// Whether nothing is left of what a step did. An unbind that had no effect is not undone: the driver never went.
    private func isUndone(_ made: StepOutcome, _ work: Work, by steps: [Step]) -> Bool {
        guard made.result == "ok", let id = work.record?.id, let driver = work.record?.target else { return false }
        return switch made.step.operation {
        case .setOverride, .clearOverride: kernel.driverOverride(of: work.address) == work.origin.driverOverride
        case .unbind:
            kernel.driver(of: work.address) == work.origin.driver && steps.contains { $0.operation == .bind }
        case .bind, .probe: kernel.driver(of: work.address) != work.goal
        case .registerID: state.registration(of: id, with: driver) == nil
        case .removeID: state.registration(of: id, with: driver) != nil
        case .loadModule: false
        }
    }

    /// Makes a step of an undo, again for a while where the driver is not ready; the errno's name if it fails.
    func tryQuietly(_ step: Step, _ work: Work) -> String? {
        let deadline = kernel.milliseconds + Executor.patience
        while true {
            willBegin(step, work.plan.timeout)
            do throws(Errno) {
                try kernel.perform(step)
                return nil
            } catch {
                guard error == .resourceTemporarilyUnavailable, kernel.milliseconds < deadline else {
                    return error.symbol
                }
                kernel.pause(milliseconds: 20)
            }
        }
    }
}

extension Step {
    /// What is left where this step of an undo did not succeed.
    fileprivate func complaint(_ problem: String) -> String {
        switch self {
        case .unbind(let address, let driver): "\(address) could not be removed from \(driver) (\(problem))"
        case .bind(_, let driver): "it has no driver: \(driver) could not be bound again (\(problem))"
        case .removeID(_, let driver, _): "its ID is still registered with \(driver) (\(problem))"
        default: "its driver_override could not be restored (\(problem))"
        }
    }

    /// The same step as a shell command.
    fileprivate var shellCommand: String {
        let isPlain = value.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_-.:".utf8.contains($0) }
        let quoted = value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        return "echo \(isPlain ? value : "'\(quoted)'") > \(path ?? "")"
    }
}
