import Engine
import Passthrough

/// Why a function is treated as it is.
struct Explanation {
    let function: PCIFunction
    let decision: FunctionPlan?
    let trials: [(policy: Policy, mismatch: Mismatch?)]
    let guards: [GuardFinding]
    let history: [FunctionRecord]

    var document: JSONDocument {
        JSONDocument(
            "explain",
            [
                "address": .text(function.address), "policies": .list(trials.map(Explanation.json)),
                "guards": .list(guards.map(\.json)), "owners": .list([]),
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

    private static func json(_ record: FunctionRecord) -> JSONValue {
        .object([
            "time": .text(Timestamp.text(record.time)), "phase": .text(record.phase.rawValue),
            "native_driver": .text(record.nativeDriver), "target": .text(record.target),
            "method": .text(record.method.rawValue), "policy": .text(record.policy), "note": .text(record.note),
        ])
    }

    func text(_ style: Style) -> String {
        let driver = function.driver?.text ?? "no driver"
        var lines = [
            "\(style.bold(function.address.description))  \(function.id)  class \(function.classCode)  \(driver)"
        ]
        if let decision { lines.append("  \(decision.decision.rawValue): \(decision.reason)") }
        lines.append(style.bold("Policies, in order:"))
        if trials.isEmpty {
            lines.append("  there are none; the first may go into /etc/vfio-rebind/policy.d/10-first.toml")
        }
        for trial in trials {
            guard let mismatch = trial.mismatch else {
                lines.append("  \(trial.policy.name)  \(style.good("matches"))")
                continue
            }
            let wanted = mismatch.wanted.joined(separator: " or ")
            lines.append("  \(trial.policy.name)  \(mismatch.key) is \(mismatch.found ?? "nothing"), wanted \(wanted)")
        }
        lines.append(style.bold("Guards:"))
        if guards.isEmpty { lines.append("  none were asked: its driver is the one that is wanted") }
        for finding in guards {
            let verdict = finding.refuses ? style.bad(finding.verdict.rawValue) : finding.verdict.rawValue
            lines.append("  \(finding.name.rawValue)  \(verdict)")
            lines += finding.evidence.map { "      \($0)" }
        }
        for record in history {
            lines.append(style.bold("What was done:"))
            let native = record.nativeDriver?.text ?? "none"
            lines.append(
                "  \(Timestamp.text(record.time))  \(record.phase.rawValue): \(record.note) (driver before: \(native))")
        }
        return lines.joined(separator: "\n")
    }
}
