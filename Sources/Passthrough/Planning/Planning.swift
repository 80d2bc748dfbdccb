/// The working state of one planning run: who is a candidate, who is refused, by which method.
struct Planning {
    let snapshot: HostSnapshot
    let policies: PolicySet
    let request: PlanRequest

    /// Functions that are not to be rebound, with the reason; filled by `classify`.
    var settled: [PCIAddress: FunctionPlan] = [:]
    /// Functions that are to be rebound unless a guard refuses.
    var candidates: [PCIAddress: Candidate] = [:]
    /// The policies of functions that are where a policy wants them, for the sake of their groups.
    private var alreadyThere: [PCIAddress: Policy] = [:]

    /// One function that a policy takes.
    struct Candidate {
        let function: PCIFunction
        let policy: Policy
        /// Whether it is only taken as a member of a group that a policy takes whole.
        let isMate: Bool
        /// Whether the command line asked for it rather than a policy.
        let isByHand: Bool
        var findings: [GuardFinding] = []

        var refusal: GuardFinding? { findings.first(where: \.refuses) }
        var isRefused: Bool { refusal != nil }
        var policyName: String? { isByHand ? nil : policy.name }
    }

    init(snapshot: HostSnapshot, policies: PolicySet, request: PlanRequest) {
        self.snapshot = snapshot
        self.policies = policies
        self.request = request
    }

    /// Sorts every function into `settled` or `candidates`.
    mutating func classify() {
        for function in snapshot.functions {
            if let candidate = decide(function) { candidates[function.address] = candidate }
        }
        for function in snapshot.functions {
            if let candidate = candidates[function.address], !candidate.isMate {
                takeMates(of: function, candidate.policy, isByHand: candidate.isByHand)
            } else if let policy = alreadyThere[function.address] {
                takeMates(of: function, policy, isByHand: false)
            }
        }
    }

    private mutating func decide(_ function: PCIFunction) -> Candidate? {
        let address = function.address
        if let byHand = request.byHand, request.names(address) {
            guard function.driver != byHand.driver else {
                settle(function, nil, .already, "already bound to \(byHand.driver)", target: byHand.driver)
                return nil
            }
            return candidate(function, byHand, isByHand: true)
        }
        let record = snapshot.records[address]
        if let record, record.isByHand, record.phase == .rebound, function.driver == record.target {
            settle(function, nil, .already, "bound by hand to \(record.target)", target: record.target)
            return nil
        }
        let recordedDriver = snapshot.recordedDriver(of: address)
        guard let found = policies.first(for: function, recordedDriver: recordedDriver) else {
            settle(function, nil, .unmatched, "no policy matches")
            return nil
        }
        let policy = resolved(found, for: function)
        if policy.action == .ignore {
            settle(function, policy, .ignored, "policy \(policy.name) ignores it")
        } else if isHeld(function) {
            settle(function, policy, .held, "released by hand; `vfio-rebind apply \(address)` lifts the hold")
        } else if function.driver == policy.driver {
            alreadyThere[address] = policy
            settle(function, policy, .already, "already bound to \(policy.driver)", target: policy.driver)
        } else {
            return candidate(function, policy)
        }
        return nil
    }

    /// Nil, and settled, for one that a hanging worker or another manager keeps from being rebound.
    private mutating func candidate(
        _ function: PCIFunction, _ policy: Policy, isMate: Bool = false, isByHand: Bool = false
    ) -> Candidate? {
        let address = function.address
        if let text = snapshot.stuck[address] {
            settle(function, isByHand ? nil : policy, .stuck, text, target: policy.driver)
        } else if snapshot.contested.contains(address), !request.names(address) {
            settle(function, isByHand ? nil : policy, .contested, RebindLimit.reason(address), target: policy.driver)
        } else {
            return Candidate(function: function, policy: policy, isMate: isMate, isByHand: isByHand)
        }
        return nil
    }

    /// The policy with the driver that it chooses for a function.
    private func resolved(_ policy: Policy, for function: PCIFunction) -> Policy {
        guard policy.choosesVariant else { return policy }
        var policy = policy
        policy.driver = snapshot.variants.best(for: function) ?? .vfioPCI
        return policy
    }

    /// Whether `release` put it on hold and nobody named it since.
    func isHeld(_ function: PCIFunction) -> Bool {
        snapshot.holds.contains(function.address) && !request.names(function.address)
    }

    private mutating func settle(
        _ function: PCIFunction, _ policy: Policy?, _ decision: Decision, _ reason: String, target: DriverName? = nil
    ) {
        var plan = FunctionPlan(
            function: function, policy: policy?.name, decision: decision, reason: reason, target: target,
            method: decision == .already ? alreadyMethod(function, policy) : nil,
            isGroupBound: policy?.isGroupBound ?? false)
        if decision == .already, let finding = snapshot.uses[function.address]?[.libvirt], finding.verdict == .busy {
            plan.guards = [GuardFinding(.libvirt, finding, setting: .enforce, refuses: false)]
        }
        plan.access = policy?.access
        settled[function.address] = plan
    }

    /// By what a function that is there already is held: as recorded, else by its override, else by an id.
    private func alreadyMethod(_ function: PCIFunction, _ policy: Policy?) -> Method {
        if let record = snapshot.records[function.address] { return record.method }
        if let policy, function.driverOverride == policy.driver.text { return .driverOverride }
        return policy?.wholeTypes.isEmpty ?? true ? .driverOverride : .newID
    }

    /// Makes candidates of the endpoints that no policy names in a group that is taken whole, or finds them taken.
    private mutating func takeMates(of function: PCIFunction, _ policy: Policy, isByHand: Bool) {
        guard policy.group == .whole, policy.driver.isVFIO else { return }
        for mate in snapshot.groupMates(of: function) where !mate.isBridge {
            guard candidates[mate.address] == nil, settled[mate.address]?.decision == .unmatched, !isHeld(mate) else {
                continue
            }
            let policy = resolved(policy, for: mate)
            if mate.driver == policy.driver {
                let reason = "already bound to \(policy.driver), with its IOMMU group"
                settle(mate, isByHand ? nil : policy, .already, reason, target: policy.driver)
            } else if !isViable(mate) {
                settled[mate.address] = nil
                candidates[mate.address] = candidate(mate, policy, isMate: true, isByHand: isByHand)
            }
        }
    }
}

extension Planning {
    /// Whether its driver leaves the IOMMU group viable.
    func isViable(_ function: PCIFunction) -> Bool { snapshot.viability.allows(function) }
}

extension Policy {
    /// Whether the members of an IOMMU group succeed or fail together.
    var isGroupBound: Bool { driver.isVFIO && group != .ignore }
}

extension DriverName {
    /// Whether a function that it drives leaves its IOMMU group to VFIO (`driver_managed_dma`).
    package var keepsGroupViable: Bool { isVFIO || self == .pciStub || self == .pciePort }
}
