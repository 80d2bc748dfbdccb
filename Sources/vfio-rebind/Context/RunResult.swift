import Passthrough

/// The result of a command that writes.
struct RunResult {
    var functions: [FunctionOutcome]
    var registrations: [RegistrationOutcome] = []
    /// IDs that were removed in addition to functions.
    var withdrawals: [WithdrawalOutcome] = []

    var hasChanged: Bool {
        functions.contains { [.rebound, .released].contains($0.outcome) }
            || registrations.contains { $0.result == "ok" } || withdrawals.contains { $0.result == "ok" }
    }

    /// The result of this run and of one that tried again what failed.
    func followed(by later: RunResult) -> RunResult {
        var both = later
        let first = Dictionary(functions.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
        both.functions = later.functions.map { outcome in
            guard let before = first[outcome.address] else { return outcome }
            if outcome.outcome == .already, before.outcome == .rebound { return before }
            var outcome = outcome
            outcome.steps = before.steps + outcome.steps
            return outcome
        }
        let known = Set(both.functions.map(\.address))
        both.functions += functions.filter { !known.contains($0.address) }
        both.functions.sort { $0.address < $1.address }
        return both
    }

    /// 1 if any failed, else 2 if any was refused, else 0; 69 where nothing could be done for want of the driver.
    var status: ExitStatus {
        let isDone = functions.contains { [.rebound, .released, .already].contains($0.outcome) }
        let failed = functions.filter { [.failed, .stuck, .vanished].contains($0.outcome) }
        let refused = functions.filter { $0.outcome == .refused }
        let wantsDriver = (failed + refused).contains { $0.lacksDriver } || registrations.contains { $0.lacksDriver }
        let others =
            (failed + refused).contains { !$0.lacksDriver }
            || registrations.contains { !$0.succeeded && !$0.lacksDriver }
        if wantsDriver, !isDone, !others { return .unavailable }
        if !failed.isEmpty || registrations.contains(where: { !$0.succeeded }) { return .failed }
        return refused.isEmpty ? .success : .refused
    }
}

extension FunctionOutcome {
    /// Whether the wanted driver is missing.
    fileprivate var lacksDriver: Bool {
        guards.contains { $0.found.isAbsence && $0.refuses }
            || steps.contains { $0.step.operation == .loadModule && $0.result != "ok" }
    }
}

extension RegistrationOutcome {
    /// EINPROGRESS is a write that waits for another function, EAGAIN one that is put off for one that is stuck: both end well later.
    fileprivate var succeeded: Bool { ["ok", "EEXIST", "EINPROGRESS", "EAGAIN"].contains(result) }
    fileprivate var lacksDriver: Bool { ["ENOENT", "EOPNOTSUPP", "ENOTSUP"].contains(result) }
}
