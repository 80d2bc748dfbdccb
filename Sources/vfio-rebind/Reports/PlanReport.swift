import Advice
import ArgumentParser
import Passthrough

/// Prints a plan as text or JSON, and gives its exit status.
struct PlanReport {
    private let options: GlobalOptions
    private let detailedExitcode: Bool
    private let all: Bool
    private let isRelease: Bool

    init(_ options: GlobalOptions, detailedExitcode: Bool, all: Bool = false, isRelease: Bool = false) {
        self.options = options
        self.isRelease = isRelease
        self.detailedExitcode = detailedExitcode
        self.all = all
    }

    /// Plans and prints; `writes` is true for the dry run of a command that writes, which checks policy files strictly.
    func show(_ request: PlanRequest, writes: Bool) throws {
        let session = try Session(options, writes: writes)
        try show(try session.plan(request).plan, naming: request.addresses ?? [])
    }

    func show(_ plan: HostPlan, naming named: Set<PCIAddress>, changes: PlanChanges? = nil) throws {
        let status = present(plan, naming: named, changes: changes)
        if status != .success { throw ExitCode(status.rawValue) }
    }

    /// Prints the plan and gives its exit status.
    func present(_ plan: HostPlan, naming named: Set<PCIAddress>, changes: PlanChanges? = nil) -> ExitStatus {
        let shown = plan.functions.filter {
            $0.decision != .unmatched || all || named.contains($0.function.address)
        }
        if options.json {
            Output.standard(JSONDocument.plan(plan, functions: shown, changes: changes).text)
        } else {
            let style = Style(options.color)
            let compared = changes.map { "\n" + $0.text(style, width: Output.width) } ?? ""
            Output.standard(text(plan, shown) + compared)
        }
        return status(of: plan)
    }

    private func status(of plan: HostPlan) -> ExitStatus {
        let refused = plan.functions.filter { $0.decision == .refused }
        if !refused.isEmpty {
            let wantDriver = refused.allSatisfy { $0.guards.contains { $0.found.isAbsence && $0.refuses } }
            let isAnyDone = plan.functions.contains { [.rebind, .already].contains($0.decision) }
            return wantDriver && !isAnyDone ? .unavailable : .refused
        }
        return detailedExitcode && plan.hasChanges ? .changes : .success
    }

    private func text(_ plan: HostPlan, _ shown: [FunctionPlan]) -> String {
        let style = Style(options.color)
        var lines = shown.flatMap { self.lines(of: $0, style) }
        let alone = plan.registrations.filter { registration in
            !shown.contains {
                $0.steps.contains { $0.registers(registration.id, with: registration.driver) }
            }
        }
        for registration in alone {
            let what = registration.isPresent ? "" : ", no such card is present"
            lines.append(
                "\(style.bold(registration.id.description))  register with \(registration.driver) (\(registration.asker)\(what))"
            )
        }
        for registration in plan.postponed {
            lines.append(
                "\(style.bold(registration.id.description))  register with \(registration.driver) once nothing is stuck (\(registration.asker))"
            )
        }
        for withdrawal in plan.withdrawals {
            lines.append("\(style.bold(withdrawal.id.description))  remove the ID from \(withdrawal.driver)")
        }
        lines += PredictionTable(plan).lines(style)
        if lines.isEmpty { lines = [nothing(plan)] }
        return lines.joined(separator: "\n")
    }

    private func nothing(_ plan: HostPlan) -> String {
        if isRelease { return RunReport.nothingToRelease }
        if plan.functions.isEmpty { return "No PCI functions here." }
        let count = plan.functions.count == 1 ? "the one function" : "any of the \(plan.functions.count) functions"
        return "No policy matches \(count) of this host: nothing to do. `vfio-rebind explain ADDRESS` shows why."
    }

    private func lines(of plan: FunctionPlan, _ style: Style) -> [String] {
        let decision =
            switch plan.decision {
            case .rebind: style.careful("rebind")
            case .already: style.good("already")
            case .refused, .contested, .stuck: style.bad(plan.decision.rawValue)
            default: plan.decision.rawValue
            }
        var head = "\(style.bold(plan.function.address.description))  \(plan.function.id)  "
        head += plan.function.driver?.text ?? "no driver"
        if plan.decision == .rebind { head += " → \(plan.target?.text ?? "no driver")" }
        head += "  \(decision)"
        if let policy = plan.policy { head += style.faint("  policy \(policy)") }
        var lines = [head, "    why    \(plan.reason)"]
        for step in plan.steps { lines.append("    step   \(step.asCommand)") }
        for finding in plan.guards where finding.verdict != .free {
            let verdict =
                finding.refuses ? style.bad(finding.verdict.rawValue) : "\(finding.verdict.rawValue), overridden"
            for sentence in finding.texts where "\(finding.name.rawValue): \(sentence)" != plan.reason {
                lines.append("    guard  \(finding.name.rawValue) \(verdict): \(sentence)")
            }
        }
        lines += plan.guards.filter(\.refuses)
            .compactMap { GuardAdvice($0, on: plan.function.address, policy: plan.policy).text }
            .map { "    do     \($0)" }
        let free = plan.guards.filter { $0.verdict == .free }.map(\.name.rawValue)
        if !free.isEmpty { lines.append(style.faint("    passed \(free.joined(separator: " "))")) }
        let shown = Set(plan.guards.flatMap { finding in finding.texts.map { "\(finding.name.rawValue): \($0)" } })
        for warning in plan.warnings where !shown.contains(warning) {
            lines.append("    note   \(warning)")
        }
        return lines
    }
}
