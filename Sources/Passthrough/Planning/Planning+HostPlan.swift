extension Planning {
    /// The plan of the functions in scope (nil: all), with steps in the order in which a single run would make them.
    func hostPlan(scope: Set<PCIAddress>?) -> HostPlan {
        var writer = StepWriter(planning: self, scope: scope)
        let functions = snapshot.functions.compactMap { function -> FunctionPlan? in
            guard scope?.contains(function.address) ?? true else { return nil }
            if let candidate = candidates[function.address] { return writer.functionPlan(candidate) }
            return settled[function.address]
        }
        var plan = HostPlan(
            isComplete: snapshot.isComplete, functions: functions, registrations: writer.registrations)
        plan.postponed = writer.postponed
        plan.withdrawals = scope == nil ? writer.withdrawals : []
        let types = scope.map { Set($0.compactMap { snapshot.function(at: $0)?.id }) }
        for policy in request.byHand.map({ [$0] }) ?? policies.registering(types) {
            plan.bystanders[policy.name] = bystanders(of: policy).first?.address
        }
        return plan
    }
}
