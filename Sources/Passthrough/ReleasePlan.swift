/// The way back: what was there before this program rebound a function.
package enum ReleasePlan {
    /// The plan for one function; `uses` carries the answer of the guard `in-use`.
    package static func plan(for function: PCIFunction, in snapshot: HostSnapshot, overrides: Set<Guard>)
        -> FunctionPlan
    {
        guard let record = snapshot.records[function.address] else {
            let reason = "this program did not rebind it"
            let isForeign = function.driver?.isVFIO == true
            return FunctionPlan(function: function, decision: isForeign ? .ignored : .already, reason: reason)
        }
        var plan = FunctionPlan(
            function: function, policy: record.policy, decision: .rebind,
            reason: "back to \(name(record.nativeDriver))",
            target: record.nativeDriver, method: record.method,
            timeout: max(record.target.defaultTimeout, record.nativeDriver?.defaultTimeout ?? 0))
        if let driver = function.driver, driver != record.target, driver != record.nativeDriver {
            plan.decision = .refused
            plan.reason = "\(driver) drives it now, which this program did not bind; it gave it to \(record.target)"
            return plan
        }
        if let finding = snapshot.uses[function.address]?[.inUse], function.driver == record.target {
            plan.guards = [judge(finding, overrides, isComplete: snapshot.isComplete)]
            if plan.guards.contains(where: \.refuses) {
                plan.decision = .refused
                plan.reason = "in-use: \(finding.evidence.first ?? "")"
                return plan
            }
        }
        plan.steps = steps(function, record, snapshot)
        return plan
    }

    private static func judge(_ finding: UseFinding, _ overrides: Set<Guard>, isComplete: Bool) -> GuardFinding {
        let isOverridden = overrides.contains(.inUse) && finding.isOverridable
        let stands = finding.verdict == .busy || finding.verdict == .unknown && isComplete
        return GuardFinding(
            .inUse, finding.verdict, setting: isOverridden ? .warn : .enforce, evidence: finding.evidence,
            refuses: stands && !isOverridden)
    }

    private static func steps(_ function: PCIFunction, _ record: FunctionRecord, _ snapshot: HostSnapshot) -> [Step] {
        let address = function.address
        var steps: [Step] = []
        if let native = record.nativeDriver, snapshot.drivers[native] == .loadable {
            steps.append(.loadModule(of: native, for: address))
        }
        let override = record.overrideWritten ? record.nativeOverride : function.driverOverride
        steps += WayBack(driver: record.nativeDriver, driverOverride: override)
            .steps(for: function, from: record.target)
        if snapshot.registeredIDs[record.target]?.contains(record.id) == true,
            !isNeeded(record.id, record.target, besides: address, snapshot)
        {
            steps.append(.removeID(record.id, from: record.target, for: address))
        }
        return steps
    }

    /// Whether another function still depends on a registered id.
    package static func isNeeded(
        _ id: PCIID, _ driver: DriverName, besides address: PCIAddress?, _ snapshot: HostSnapshot
    ) -> Bool {
        snapshot.records.values.contains { other in
            other.address != address && other.id == id && other.target == driver && other.method == .newID
        }
    }

    private static func name(_ driver: DriverName?) -> String { driver?.text ?? "no driver" }
}
