/// Decides what is to be done: a pure function of snapshot, policies and request.
package struct Planner: Sendable {
    package let policies: PolicySet
    package let request: PlanRequest

    package init(policies: PolicySet, request: PlanRequest = PlanRequest()) {
        self.policies = policies
        self.request = request
    }

    /// The functions that are not where a policy wants them, whether a guard refuses them or not, with those that are contested or stuck:
    /// those of which evidence of use is needed.
    package func candidates(in snapshot: HostSnapshot) -> Set<PCIAddress> {
        var planning = Planning(snapshot: snapshot, policies: policies, request: request)
        planning.classify()
        let leftAlone = planning.settled.filter { [.contested, .stuck].contains($0.value.decision) }
        return Set(planning.candidates.keys).union(leftAlone.keys)
    }

    /// The plan. Named functions restrict it to them and to the members of their IOMMU groups; the decision about every other
    /// function is made all the same, since bystanders of a card type count wherever they sit.
    ///
    /// A worker, which sees what comes, asks for no prediction: that is a run of the Simulator over every function.
    package func plan(_ snapshot: HostSnapshot, predicts: Bool = true) -> HostPlan {
        var planning = Planning(snapshot: snapshot, policies: policies, request: request)
        planning.classify()
        planning.askGuards()
        planning.settle()
        let scope = (request.scope ?? request.addresses).map { Planner.scope(of: $0, in: snapshot) }
        var plan = planning.hostPlan(scope: scope)
        if predicts { plan.predicted = Prediction.drivers(after: plan, on: snapshot) }
        return plan
    }

    /// Whether functions of a type may be taken by `new_id`.
    package func mayRegister(_ id: PCIID) -> Bool {
        request.byHand.map { $0.method == .newID && $0.exactIDs.contains(id) } ?? policies.mayRegister(id)
    }

    /// The functions and all members of their IOMMU groups.
    package static func scope(of addresses: Set<PCIAddress>, in snapshot: HostSnapshot) -> Set<PCIAddress> {
        var scope = addresses
        for address in addresses {
            guard let function = snapshot.function(at: address) else { continue }
            scope.formUnion(snapshot.groupMates(of: function).map(\.address))
        }
        return scope
    }
}
