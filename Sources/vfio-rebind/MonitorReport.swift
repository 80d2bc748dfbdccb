import Engine
import HostFiles
import Logging
import Passthrough

/// What the monitor says of functions: log lines, and one object a line with `--json`.
struct MonitorReport {
    private let log: EventLog
    private let isJSON: Bool

    init(options: GlobalOptions, root: Root) {
        log = EventLog(options: options, root: root, isUnderUdev: false)
        isJSON = options.json
    }

    func say(_ level: Logger.Level, _ text: String) { log.say(level, text) }

    /// How the work on a function ended.
    func outcome(_ outcome: FunctionOutcome) {
        log.record(outcome)
        emit([
            "address": .text(outcome.address), "event": .text("outcome"), "outcome": .text(outcome.outcome.rawValue),
            "driver": .text(outcome.driver), "policy": .text(outcome.policy), "error": .text(outcome.error),
        ])
    }

    /// What would be done, where nothing is to be written.
    func decision(_ plan: FunctionPlan) {
        say(.notice, "\(plan.function.address): would \(plan.decision.rawValue) reason=\"\(plan.reason)\"")
        emit([
            "address": .text(plan.function.address), "event": .text("decision"),
            "decision": .text(plan.decision.rawValue),
        ])
    }

    /// A card type that was registered.
    func registration(_ outcome: RegistrationOutcome) {
        let line = "\(outcome.registration.id): registered with \(outcome.registration.driver) result=\(outcome.result)"
        say(["ok", "EEXIST"].contains(outcome.result) ? .notice : .error, line)
    }

    private func emit(_ fields: [String: JSONValue]) {
        guard isJSON else { return }
        let time = JSONValue.text(Timestamp.text(Clock.now))
        Output.standard(JSONDocument("event", fields.merging(["time": time]) { first, _ in first }).text)
    }
}
