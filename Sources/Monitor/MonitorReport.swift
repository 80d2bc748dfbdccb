import HostFiles
import JSON
import Logging
import Passthrough
import PolicyFiles
import Processes

/// What the monitor says of functions: log lines, and one object a line with `--json`.
struct MonitorReport {
    private var log: EventLog
    private let options: GlobalOptions
    private let root: Root
    /// What was said last of functions that did not come where they belong: it is said once.
    private var said: [PCIAddress: String] = [:]
    /// The same of IDs that could not be registered.
    private var saidOfIDs: [Registration: String] = [:]

    init(options: GlobalOptions, root: Root, level: MonitorSettings.LogLevel) {
        log = EventLog(options: options, root: root, isUnderUdev: false, level: level.level)
        self.options = options
        self.root = root
    }

    /// Takes up another level of the settings.
    mutating func follow(_ level: MonitorSettings.LogLevel) {
        log = EventLog(options: options, root: root, isUnderUdev: false, level: level.level)
    }

    /// Forgets what was said of a function that is gone or well.
    mutating func forget(_ address: PCIAddress) { said[address] = nil }

    func say(_ level: Logger.Level, _ text: String) { log.say(level, text) }

    /// How the work on a function ended.
    mutating func outcome(_ outcome: FunctionOutcome) {
        // Who takes it back, and with what driver, changes from look to look: that it is contested is said once.
        let text = outcome.outcome.rawValue + (outcome.outcome == .contested ? "" : " \(outcome.error ?? "")")
        let isNew = !outcome.steps.isEmpty || said[outcome.address] != text
        if isNew { log.record(outcome) }
        said[outcome.address] = [.rebound, .released, .vanished].contains(outcome.outcome) ? nil : text
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

    /// A device ID that was registered, or could not be, which is said once.
    mutating func registration(_ outcome: RegistrationOutcome) {
        let (id, driver) = (outcome.registration.id, outcome.registration.driver)
        guard outcome.isToBeRetried else {
            saidOfIDs[outcome.registration] = nil
            return say(.notice, "\(id): registered with \(driver) result=\(outcome.result)")
        }
        let reason = outcome.reason.map { " reason=\"\($0)\"" } ?? ""
        let line = "\(id): not registered with \(driver), will be tried again result=\(outcome.result)\(reason)"
        if saidOfIDs.updateValue(line, forKey: outcome.registration) != line { say(.error, line) }
    }

    private func emit(_ fields: [String: JSONValue]) {
        guard options.json else { return }
        let time = JSONValue.text(Timestamp.text(Clock.now))
        Output.standard(JSONDocument("event", fields.merging(["time": time]) { first, _ in first }).text)
    }
}

extension MonitorSettings.LogLevel {
    fileprivate var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}
