import JSON
import Passthrough

/// A JSON document of a command: its schema and its keys.
struct JSONDocument {
    let value: JSONValue

    init(_ command: String, _ fields: [String: JSONValue]) {
        value = .object(fields.merging(["schema": .text("vfio-rebind.\(command)/1")]) { first, _ in first })
    }

    var text: String { value.text }

    static func error(_ status: ExitStatus, _ message: String, _ details: [String]) -> JSONDocument {
        JSONDocument(
            "error",
            ["status": .number(Int(status.rawValue)), "message": .text(message), "details": .texts(details)])
    }

    /// `changes` is a key only where `--against` asked for it.
    static func plan(_ plan: HostPlan, functions: [FunctionPlan], changes: PlanChanges? = nil) -> JSONDocument {
        let predicted = plan.predicted.map { ($0.key.description, JSONValue.text($0.value)) }
        var fields: [String: JSONValue] = [
            "complete": .bool(plan.isComplete), "functions": .list(functions.map(\.json)),
            "registrations": .list(plan.registrations.map { .object($0.fields) }),
            "predicted": .object(Dictionary(uniqueKeysWithValues: predicted)),
        ]
        if let changes { fields["changes"] = changes.json }
        return JSONDocument("plan", fields)
    }

    static func run(_ command: String, _ run: RunResult) -> JSONDocument {
        JSONDocument(
            command,
            [
                "changed": .bool(run.hasChanged), "functions": .list(run.functions.map(\.json)),
                "registrations": .list(
                    run.registrations.map { outcome in
                        .object(
                            outcome.registration.fields.merging(["result": .text(outcome.result)]) { first, _ in first }
                        )
                    }),
            ])
    }
}

extension FunctionPlan {
    fileprivate var json: JSONValue {
        .object([
            "address": .text(function.address), "id": .text(function.id), "driver": .text(function.driver),
            "policy": .text(policy), "decision": .text(decision.rawValue), "reason": .text(reason),
            "target": decision == .rebind || decision == .already ? .text(target) : .null,
            "method": decision == .rebind || decision == .already ? .text(method?.rawValue) : .null,
            "steps": .list(steps.map { .object($0.fields) }), "guards": .list(guards.map(\.json)),
            "warnings": .texts(warnings),
        ])
    }
}

extension FunctionOutcome {
    fileprivate var json: JSONValue {
        let made = steps.map { outcome in
            JSONValue.object(
                outcome.step.fields.merging(
                    ["result": .text(outcome.result), "milliseconds": .number(outcome.milliseconds)]
                ) { first, _ in first })
        }
        return .object([
            "address": .text(address), "policy": .text(policy), "outcome": .text(outcome.rawValue),
            "driver": .text(driver), "steps": .list(made), "guards": .list(guards.map(\.json)), "error": .text(error),
            "undone": undone.map { .list($0.map { .object($0.fields) }) } ?? .null,
        ])
    }
}

extension Step {
    var fields: [String: JSONValue] {
        ["op": .text(operation.rawValue), "path": .text(path), "value": .text(value)]
    }
}

extension GuardFinding {
    var json: JSONValue {
        .object([
            "guard": .text(name.rawValue), "verdict": .text(verdict.rawValue), "setting": .text(setting.rawValue),
            "evidence": .texts(texts),
        ])
    }
}

extension Registration {
    var fields: [String: JSONValue] {
        ["id": .text(id), "driver": .text(driver), "policy": .text(policy), "present": .bool(isPresent)]
    }
}
