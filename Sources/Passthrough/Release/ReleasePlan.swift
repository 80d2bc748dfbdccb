/// The way back: what was there before this program rebound a function.
package enum ReleasePlan {
    /// The plan for one function; `uses` carries the guards' evidence. `passesDrift` goes on where another manager changed it since.
    package static func plan(
        for function: PCIFunction, in snapshot: HostSnapshot, overrides: Set<Guard>, passesDrift: Bool = false
    ) -> FunctionPlan {
        guard let record = snapshot.records[function.address] else {
            let reason = "vfio-rebind did not rebind it"
            let isForeign = function.driver?.isVFIO == true
            return FunctionPlan(function: function, decision: isForeign ? .ignored : .already, reason: reason)
        }
        var plan = FunctionPlan(
            function: function, policy: record.policy, decision: .rebind,
            reason: "back to \(name(record.nativeDriver))",
            target: record.nativeDriver, method: record.method,
            timeout: max(record.target.defaultTimeout, record.nativeDriver?.defaultTimeout ?? 0))
        if let drift = Drift(of: function, from: record) {
            guard passesDrift else {
                plan.decision = .refused
                plan.reason = drift.reason(function.address, native: record.nativeDriver)
                return plan
            }
            plan.warnings = drift.differences.map { "\(Drift.word): \($0)" }
        }
        plan.guards = findings(function, record, snapshot).map { name, finding in
            let isOverridden = overrides.contains(name) && finding.isOverridable
            return GuardFinding(
                name, finding, setting: isOverridden ? .warn : .enforce, isComplete: snapshot.isComplete)
        }
        if let native = record.nativeDriver, function.driver != native, snapshot.drivers[native] == .missing {
            plan.guards.insert(
                GuardFinding(
                    .target, .absent(.missing(native)), setting: .enforce, isComplete: snapshot.isComplete),
                at: 0)
        }
        if let refusal = plan.guards.first(where: \.refuses) {
            plan.decision = .refused
            plan.reason = refusal.reason
            return plan
        }
        plan.steps = steps(function, record, snapshot)
        return plan
    }

    /// What stands against taking the function from the driver that it has: `in-use` for VFIO's, and every evidence of use where it
    /// is a driver that this program did not give it to.
    private static func findings(
        _ function: PCIFunction, _ record: FunctionRecord, _ snapshot: HostSnapshot
    ) -> [(Guard, UseFinding)] {
        guard let driver = function.driver, driver != record.nativeDriver else { return [] }
        let uses = snapshot.uses[function.address] ?? [:]
        if driver == record.target { return uses[.inUse].map { [(.inUse, $0)] } ?? [] }
        var findings = uses.filter { $0.key != .identity && ($0.key != .inUse || driver.isVFIO) }
        findings[.vfs] = .enabled(virtualFunctions: function.virtualFunctionCount) ?? findings[.vfs]
        return findings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func steps(_ function: PCIFunction, _ record: FunctionRecord, _ snapshot: HostSnapshot) -> [Step] {
        let address = function.address
        var steps: [Step] = []
        if let native = record.nativeDriver, snapshot.drivers[native] == .loadable {
            steps.append(.loadModule(of: native, for: address))
        }
        let override = record.overrideWritten ? record.nativeOverride : function.driverOverride
        // Who passes over drift takes it from the driver that another manager gave it to.
        steps += WayBack(driver: record.nativeDriver, driverOverride: override)
            .steps(for: function, from: function.driver)
        if snapshot.registeredIDs[record.target]?.contains(record.id) == true,
            !snapshot.needs(record.id, with: record.target, besides: address)
        {
            steps.append(.removeID(record.id, from: record.target, for: address))
        }
        return steps
    }

    private static func name(_ driver: DriverName?) -> String { driver?.text ?? "no driver" }
}
