import JSON
import Passthrough
import SnapshotFiles

/// What came of one case.
struct TestResult {
    let test: TestCase
    /// nil where the function is not there.
    let actual: Actual?

    struct Actual {
        let decision: Decision
        let policy: String?
        let method: Method?
        let driver: DriverName?
        /// Those that refuse.
        let guards: [Guard]
        let reason: String

        init(_ plan: FunctionPlan, driver: DriverName?) {
            let isTaken = plan.decision == .rebind || plan.decision == .already
            decision = plan.decision
            policy = plan.policy
            method = isTaken ? plan.method : nil
            self.driver = driver
            guards = plan.guards.filter(\.refuses).map(\.name)
            reason = plan.reason
        }
    }

    var passed: Bool { differences.isEmpty }

    /// A line for each key on which they differ.
    var differences: [String] {
        guard let actual else { return ["no PCI function at \(test.address)"] }
        let expected = test.expected
        var lines: [String] = []
        func compare(_ key: String, _ wanted: String?, _ found: String?) {
            if let wanted, wanted != found { lines.append("\(key)  expected \(wanted), found \(found ?? "none")") }
        }
        compare("decision", expected.decision?.rawValue, actual.decision.rawValue)
        compare("policy", expected.policy, actual.policy ?? "none")
        compare("method", expected.method?.rawValue, actual.method?.rawValue)
        compare("driver", expected.driver, actual.driver?.text ?? "none")
        if let wanted = expected.guardName, !actual.guards.contains(wanted) {
            let found = actual.guards.map(\.rawValue).joined(separator: ", ")
            lines.append("guard  expected \(wanted.rawValue), found \(found.isEmpty ? "none" : found)")
        }
        if !lines.isEmpty { lines.append("because  \(actual.reason)") }
        return lines
    }

    var json: JSONValue {
        let expected = test.expected
        return .object([
            "file": .text(test.file), "name": .text(test.name), "passed": .bool(passed),
            "expected": .object([
                "decision": .text(expected.decision?.rawValue), "policy": .text(expected.policy),
                "method": .text(expected.method?.rawValue), "driver": .text(expected.driver),
                "guard": .text(expected.guardName?.rawValue),
            ]),
            "actual": .object([
                "decision": .text(actual?.decision.rawValue), "policy": .text(actual?.policy),
                "method": .text(actual?.method?.rawValue), "driver": .text(actual.map { $0.driver?.text ?? "none" }),
                "guards": .texts((actual?.guards ?? []).map(\.rawValue)),
                "reason": .text(actual?.reason ?? differences.first),
            ]),
        ])
    }
}
