import Advice
import ArgumentParser
import Passthrough

/// Prints what a command did, and gives its exit status.
struct RunReport {
    private let options: GlobalOptions
    private let command: String

    static let nothingToRelease = "Nothing to release: vfio-rebind rebound no function of this host."

    private var nothing: String {
        command == "release"
            ? RunReport.nothingToRelease
            : "No policy matches a function of this host: nothing to do. `vfio-rebind plan --all` shows every function."
    }

    init(_ options: GlobalOptions, _ command: String) {
        self.options = options
        self.command = command
    }

    func show(_ result: RunResult) throws {
        if options.json {
            Output.standard(JSONDocument.run(command, result).text)
            if !options.quiet { complain(result) }
        } else {
            Output.standard(text(result))
        }
        if result.status != .success { throw ExitCode(result.status.rawValue) }
    }

    private func complain(_ result: RunResult) {
        for outcome in result.functions where [.failed, .stuck, .refused].contains(outcome.outcome) {
            Output.error("\(outcome.address): \(outcome.outcome.rawValue): \(outcome.error ?? "")")
        }
    }

    private func text(_ result: RunResult) -> String {
        let style = Style(options.color)
        var lines: [String] = []
        for outcome in result.functions {
            if outcome.outcome == .ignored, outcome.policy != nil, !options.verbose { continue }
            lines += self.lines(of: outcome, style)
        }
        for outcome in result.registrations {
            let registration = outcome.registration
            let result =
                switch outcome.result {
                case "ok": "registered with \(registration.driver)"
                case "EEXIST": "already registered with \(registration.driver)"
                case "EINPROGRESS":
                    style.careful("registered; \(registration.driver) is still probing other functions")
                case "EAGAIN":
                    style.careful(
                        "not registered yet: a function is stuck; the monitor or the next apply registers it later")
                case "ECANCELED": style.bad("not registered: its function failed, so the ID was removed again")
                default: style.bad("not registered: \(outcome.reason ?? outcome.result)")
                }
            lines.append("\(registration.id)  \(result) (\(registration.asker))")
        }
        for outcome in result.withdrawals {
            let withdrawal = outcome.withdrawal
            let word =
                ["ok", "ENODEV", "ENOENT"].contains(outcome.result)
                ? "removed from \(withdrawal.driver)"
                : style.bad("still registered with \(withdrawal.driver): \(outcome.result)")
            lines.append("\(withdrawal.id)  \(word)")
        }
        // A single ignored function was named.
        if lines.isEmpty { lines = result.functions.flatMap { self.lines(of: $0, style) } }
        return lines.isEmpty ? nothing : lines.joined(separator: "\n")
    }

    private func lines(of outcome: FunctionOutcome, _ style: Style) -> [String] {
        let word =
            switch outcome.outcome {
            case .rebound, .released, .already: style.good(outcome.outcome.rawValue)
            case .failed, .stuck, .refused: style.bad(outcome.outcome.rawValue)
            default: style.careful(outcome.outcome.rawValue)
            }
        var lines = ["\(style.bold(outcome.address.description))  \(word)  \(outcome.driver?.text ?? "no driver")"]
        if let error = outcome.error { lines.append("    \(error)") }
        if options.verbose || [.failed, .stuck].contains(outcome.outcome) {
            for made in outcome.steps {
                lines.append(style.faint("    \(made.step.asCommand)  \(made.result)  \(made.milliseconds) ms"))
            }
        }
        for finding in outcome.guards where outcome.outcome == .refused && finding.refuses {
            for sentence in finding.texts.map({ "\(finding.name.rawValue): \($0)" }) where sentence != outcome.error {
                lines.append("    \(sentence)")
            }
        }
        lines += outcome.guards.filter(\.refuses)
            .compactMap { GuardAdvice($0, on: outcome.address, policy: outcome.policy).text }.map { "    \($0)" }
        if let undone = outcome.undone, !undone.isEmpty {
            lines.append("    undone: \(undone.reversed().map(\.operation.rawValue).joined(separator: ", "))")
        }
        return lines
    }
}

extension Registration {
    /// What requested it: a policy, or the command line.
    var asker: String { policy == Policy.byHand ? "by hand" : "policy \(policy)" }
}
