import HostFiles
import Logging
import Passthrough

/// Says what happened to functions: to the journal where udev would throw it away, else to standard error.
struct EventLog {
    private let logger: Logger
    private let isVerbose: Bool

    /// `--quiet` and `--verbose` go before the level of the settings.
    init(options: GlobalOptions, root: Root, isUnderUdev: Bool, level: Logger.Level = .info) {
        let sink: any LogSink = isUnderUdev && root.isHost ? JournalSink() : StreamSink()
        let level: Logger.Level = options.quiet ? .error : options.verbose ? min(level, .info) : level
        logger = Logger(label: "vfio-rebind") { _ in LineHandler(sink: sink, level: level) }
        isVerbose = options.verbose
    }

    func say(_ level: Logger.Level, _ text: String) { logger.log(level: level, "\(text)") }

    /// One line for a change of state; nothing where nothing changed, unless `--verbose`.
    func record(_ outcome: FunctionOutcome) {
        let driver = outcome.driver?.text ?? "none"
        let policy = outcome.policy.map { " policy=\($0)" } ?? ""
        let line = "\(outcome.address): \(outcome.outcome.rawValue) driver=\(driver)\(policy)"
        let reason = outcome.error.map { " reason=\"\($0)\"" } ?? ""
        switch outcome.outcome {
        case .rebound, .released: say(.notice, line)
        case .failed, .stuck: say(.error, line + reason)
        case .refused: say(.warning, line + reason)
        // The reason comes once, with the event that made it so.
        case .contested: if outcome.error != nil || isVerbose { say(.warning, line + reason) }
        case .vanished: say(.info, line)
        case .already, .held, .ignored: if isVerbose { say(.info, line + reason) }
        }
    }
}
