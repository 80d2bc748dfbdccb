import JSON
import Passthrough

/// What changes between two sets of policies on one host, function by function.
struct PlanChanges {
    /// The decision of a set of policies about a function.
    struct View: Equatable {
        let policy: String?
        let decision: Decision
        let method: Method?
        /// The driver afterwards.
        let driver: DriverName?
        /// Owner and mode of its nodes then.
        let access: Access?

        init(_ plan: FunctionPlan, in host: HostPlan) {
            policy = plan.policy
            decision = plan.decision
            method = plan.method
            driver = host.predicted[plan.function.address] ?? plan.function.driver
            access = plan.access
        }

        var text: String {
            let by = method.map { " by \($0.rawValue)" } ?? ""
            let nodes = access.map { ", \($0)" } ?? ""
            return "\(decision.rawValue) \(driver?.text ?? "none")\(by)\(nodes) (\(policy ?? "no policy"))"
        }

        var json: JSONValue {
            .object([
                "policy": .text(policy), "decision": .text(decision.rawValue), "method": .text(method?.rawValue),
                "driver": .text(driver), "access": .text(access),
            ])
        }
    }

    private let older: String
    private let functions: [(address: PCIAddress, before: View, after: View)]
    private let added: [Registration]
    private let removed: [Registration]

    init(from before: HostPlan, to after: HostPlan, older: String) {
        self.older = older
        let views = Dictionary(
            before.functions.map { ($0.function.address, View($0, in: before)) },
            uniquingKeysWith: { first, _ in first })
        functions = after.functions.compactMap { plan in
            let view = View(plan, in: after)
            guard let old = views[plan.function.address], old != view else { return nil }
            return (plan.function.address, old, view)
        }
        let key = { (registration: Registration) in "\(registration.driver)@\(registration.id)" }
        let old = Set(before.registrations.map(key))
        let new = Set(after.registrations.map(key))
        added = after.registrations.filter { !old.contains(key($0)) }
        removed = before.registrations.filter { !new.contains(key($0)) }
    }

    var json: JSONValue {
        .object([
            "against": .text(older),
            "functions": .list(
                functions.map {
                    .object(["address": .text($0.address), "before": $0.before.json, "after": $0.after.json])
                }),
            "registrations": .object([
                "added": .list(added.map { .object($0.fields) }), "removed": .list(removed.map { .object($0.fields) }),
            ]),
        ])
    }

    func text(_ style: Style, width: Int?) -> String {
        var lines = [style.bold("Changes from \(older):")]
        var table = Table(headings: ["ADDRESS", "BEFORE", "AFTER"], flexible: ["BEFORE"])
        for change in functions {
            table.add([
                Table.Cell(change.address.description), Table.Cell(change.before.text),
                Table.Cell(change.after.text, style.careful),
            ])
        }
        if !functions.isEmpty { lines += table.lines(width: width, heading: style.bold) }
        lines += added.map { "\($0.id) is now registered with \($0.driver)" }
        lines += removed.map { "\($0.id) is no longer registered with \($0.driver)" }
        if lines.count == 1 { lines.append("none") }
        return lines.joined(separator: "\n")
    }
}
