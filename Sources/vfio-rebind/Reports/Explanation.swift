import Advice
import JSON
import Passthrough
import Processes

/// Why a function is treated as it is.
struct Explanation {
    let function: PCIFunction
    let decision: FunctionPlan?
    let trials: [(policy: Policy, mismatch: Mismatch?)]
    let guards: [GuardFinding]
    let owners: [Owner]
    let history: [HistoryEntry]

    var document: JSONDocument {
        JSONDocument(
            "explain",
            [
                "address": .text(function.address), "policies": .list(trials.map(Explanation.json)),
                "guards": .list(guards.map(\.json)), "owners": .list(owners.map(Explanation.json)),
                "history": .list(history.map(Explanation.json)),
            ])
    }

    private static func json(_ trial: (policy: Policy, mismatch: Mismatch?)) -> JSONValue {
        .object([
            "policy": .text(trial.policy.name), "matched": .bool(trial.mismatch == nil),
            "key": .text(trial.mismatch?.key), "wanted": trial.mismatch.map { .texts($0.wanted) } ?? .null,
            "found": .text(trial.mismatch?.found),
        ])
    }

    private static func json(_ owner: Owner) -> JSONValue {
        .object([
            "manager": .text(owner.manager), "source": .text(owner.source), "statement": .text(owner.statement),
        ])
    }

    private static func json(_ entry: HistoryEntry) -> JSONValue {
        .object([
            "time": .text(Timestamp.text(entry.time)), "what": .text(entry.what), "result": .text(entry.result),
        ])
    }

    /// History lines that fit into 80 columns.
    func text(_ style: Style) -> String {
        let driver = function.driver?.text ?? "no driver"
        var lines = [
            "\(style.bold(function.address.description))  \(function.id)  class \(function.classCode)  \(driver)"
        ]
        if let decision {
            lines += Paragraph.lines("\(decision.decision.rawValue): \(decision.reason)", width: 78, indent: 2)
        }
        lines.append(style.bold("Policies, in order:"))
        if trials.isEmpty {
            lines.append("  there are none; the first may go into /etc/vfio-rebind/policy.d/10-first.toml")
        }
        lines += trials.flatMap { Explanation.lines($0, style) }
        lines.append(style.bold("Guards:"))
        if guards.isEmpty {
            let isWanted = decision.map { $0.decision == .already } ?? false
            lines.append(
                isWanted
                    ? "  not checked: already bound to the wanted driver"
                    : "  not checked: already bound to \(driver)")
        }
        for finding in guards {
            let verdict = finding.refuses ? style.bad(finding.verdict.rawValue) : finding.verdict.rawValue
            lines.append("  \(finding.name.rawValue)  \(verdict)")
            lines += finding.texts.flatMap { Paragraph.lines($0, width: 74, indent: 6) }
        }
        if !owners.isEmpty { lines.append(style.bold("Other managers:")) }
        for owner in owners {
            lines.append("  \(owner.manager)  \(style.faint(owner.source))")
            lines += Paragraph.lines(owner.statement, width: 74, indent: 6)
        }
        if !history.isEmpty { lines.append(style.bold("History, newest first:")) }
        for entry in history {
            lines += Paragraph.lines("\(Timestamp.text(entry.time))  \(entry.what)", width: 78, indent: 2)
            lines += Paragraph.lines(entry.result, width: 74, indent: 6)
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ trial: (policy: Policy, mismatch: Mismatch?), _ style: Style) -> [String] {
        guard let mismatch = trial.mismatch else { return ["  \(trial.policy.name)  \(style.good("matches"))"] }
        let wanted = mismatch.wanted.joined(separator: " or ")
        let text = "\(trial.policy.name)  \(mismatch.key) is \(mismatch.found ?? "unknown or none"), wanted \(wanted)"
        var lines = Paragraph.lines(text.replacing("  ", with: " "), width: 74, indent: 4)
        lines[0] = "  \(trial.policy.name)  " + lines[0].dropFirst(4 + trial.policy.name.count + 1)
        return lines
    }
}
