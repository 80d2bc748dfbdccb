/// Decides what is to be done: a pure function of snapshot, policies and request.
package struct Planner: Sendable {
    package let policies: PolicySet
    package let request: PlanRequest

    package init(policies: PolicySet, request: PlanRequest = PlanRequest()) {
        self.policies = policies
        self.request = request
    }

    /// The functions that would be rebound if every guard were free: those of which evidence of use is needed.
    package func candidates(in snapshot: HostSnapshot) -> Set<PCIAddress> {
        var planning = Planning(snapshot: snapshot, policies: policies, request: request)
        planning.classify()
        return Set(planning.candidates.keys)
    }

    /// The plan. Named functions restrict it to them and to the members of their IOMMU groups; the decision about every other
    /// function is made all the same, since bystanders of a card type count wherever they sit.
    package func plan(_ snapshot: HostSnapshot) -> HostPlan {
        var planning = Planning(snapshot: snapshot, policies: policies, request: request)
        planning.classify()
        planning.askGuards()
        planning.settle()
        var plan = planning.hostPlan()
        if let addresses = request.addresses {
            let scope = Planner.scope(of: addresses, in: snapshot)
            plan.restrict(to: scope, registrationsOf: scope.compactMap { snapshot.function(at: $0)?.id })
        }
        plan.predicted = Prediction.drivers(after: plan, on: snapshot)
        return plan
    }

    /// The guards' answers for one function, asked as for vfio-pci where no policy takes it.
    package func guards(of address: PCIAddress, in snapshot: HostSnapshot) -> [GuardFinding] {
        let planned = plan(snapshot).functions.first { $0.function.address == address }
        if let planned, !planned.guards.isEmpty { return planned.guards }
        var asked = request
        asked.addresses = [address]
        let match = Match(addresses: [.exact(address)])
        asked.byHand = Policy(name: "explain", match: match)
        let plan = Planner(policies: policies, request: asked).plan(snapshot)
        return plan.functions.first { $0.function.address == address }?.guards ?? []
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

extension HostPlan {
    /// Leaves out functions outside the scope, and registrations of types that no function of it has.
    fileprivate mutating func restrict(to scope: Set<PCIAddress>, registrationsOf ids: [PCIID]) {
        functions.removeAll { !scope.contains($0.function.address) }
        let ids = Set(ids)
        registrations.removeAll { !ids.contains($0.id) }
    }
}
