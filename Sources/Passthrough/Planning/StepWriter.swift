/// Writes the steps of a plan: each id is registered once, each module loaded once.
struct StepWriter {
    private let planning: Planning
    /// Why a policy does not register its ids, by its name, once it was asked for; nil where it does.
    private var objections: [String: String?] = [:]
    private(set) var registrations: [Registration] = []
    /// What is not registered while a function is stuck.
    ///
    /// `new_id` looks through every function and waits for the lock of each that its driver matches (drivers/base/dd.c,
    /// __driver_attach); a driver that does not let go of its function has that lock. A `driver_override` waits for nobody else's.
    private(set) var postponed: [Registration] = []
    /// What this program registered and no policy registers now, unless a function bound by hand or in mid-flight depends on it.
    private(set) var withdrawals: [Withdrawal] = []
    /// The driver of each registration that no step makes yet.
    private var pending: [PCIID: DriverName]
    private var loaded: Set<DriverName> = []
    /// What the registrations of each policy take besides, once it was asked for.
    private var besides: [String: [String]] = [:]

    init(planning: Planning, scope: Set<PCIAddress>?) {
        self.planning = planning
        pending = [:]
        let wanted = findRegistrations(scope.map { Set($0.compactMap { planning.snapshot.function(at: $0)?.id }) })
        let missing = wanted.filter { planning.snapshot.registeredIDs[$0.driver]?.contains($0.id) != true }
        registrations = planning.snapshot.stuck.isEmpty ? missing : []
        postponed = planning.snapshot.stuck.isEmpty ? [] : missing
        withdrawals = findWithdrawals(keeping: wanted)
        pending = Dictionary(registrations.map { ($0.id, $0.driver) }, uniquingKeysWith: { first, _ in first })
    }

    /// Why `new_id` is not the method of a policy; nil where it is.
    private mutating func objection(to policy: Policy) -> String? {
        if let known = objections[policy.name] { return known }
        let objection = StepWriter.objection(to: policy, planning)
        objections[policy.name] = .some(objection)
        return objection
    }

    /// Why `new_id` is not the method of a policy; nil where it is.
    private static func objection(to policy: Policy, _ planning: Planning) -> String? {
        switch policy.method {
        case .driverOverride:
            return policy.isByHand ? "requested on the command line" : "the policy asks for driver_override"
        case .newID: return planning.bystanders(of: policy).first?.text
        case .auto:
            if policy.isByHand { return "it affects this function only" }
            if policy.wholeTypes.isEmpty { return "the policy does not match by device ID alone" }
            let variants = planning.snapshot.variants
            if policy.choosesVariant, let id = policy.wholeTypes.first(where: variants.hasVariant) {
                return "\(id) may have a variant driver, which new_id cannot choose"
            }
            return planning.bystanders(of: policy).first.map {
                "a function with the same device ID must stay where it is (\($0.text))"
            }
        }
    }

    private func findWithdrawals(keeping wanted: [Registration]) -> [Withdrawal] {
        let kept = Set(wanted.map { Withdrawal(id: $0.id, driver: $0.driver) })
        let snapshot = planning.snapshot
        let known = snapshot.registeredIDs.merging(snapshot.begunIDs) { $0.union($1) }
        return known.flatMap { driver, ids in ids.map { Withdrawal(id: $0, driver: driver) } }
            .filter { !kept.contains($0) && !snapshot.isRebinding($0.id, with: $0.driver) }.sorted()
    }

    /// What these types, or all, are to be registered with, whether they are already or not. The first policy that names a type
    /// registers it, unless one before decides about every function of it.
    private mutating func findRegistrations(_ types: Set<PCIID>?) -> [Registration] {
        var seen: Set<PCIID> = []
        var registrations: [Registration] = []
        let policies = planning.request.byHand.map { [$0] } ?? planning.policies.registering(types)
        for policy in policies where objection(to: policy) == nil {
            for id in policy.exactIDs where types?.contains(id) ?? true && seen.insert(id).inserted {
                if planning.request.byHand == nil, planning.policies.isDecided(id, before: policy) { continue }
                let isPresent = !planning.snapshot.functions(of: id).isEmpty
                registrations.append(
                    Registration(id: id, driver: policy.driver, policy: policy.name, isPresent: isPresent))
            }
        }
        return registrations
    }

    mutating func functionPlan(_ candidate: Planning.Candidate) -> FunctionPlan {
        let policy = candidate.policy
        let function = candidate.function
        var plan = FunctionPlan(
            function: function, policy: candidate.policyName, decision: .rebind, reason: "", guards: candidate.findings,
            timeout: policy.timeout ?? function.driver?.defaultTimeout ?? policy.driver.defaultTimeout,
            isGroupBound: policy.isGroupBound)
        plan.access = policy.access
        for finding in candidate.findings where finding.verdict != .free && !finding.refuses {
            plan.warnings += finding.texts.map { "\(finding.name.rawValue): \($0)" }
        }
        if let refusal = candidate.refusal {
            plan.decision = .refused
            plan.reason = refusal.reason
            return plan
        }
        let objection = objection(candidate)
        plan.target = policy.driver
        plan.method = objection == nil ? .newID : .driverOverride
        plan.reason = objection.map { "driver_override: \($0)" } ?? newIDReason(policy)
        if plan.method == .newID { plan.warnings += alsoTaken(by: policy) }
        plan.steps = steps(candidate, plan)
        if plan.steps.contains(where: { $0.operation == .registerID }) {
            plan.alsoTaken = unmatched(function.id).filter { $0.driver == nil }.map(\.address)
        }
        return plan
    }

    private mutating func objection(_ candidate: Planning.Candidate) -> String? {
        if candidate.isMate { return "it is rebound together with its IOMMU group" }
        if let objection = objection(to: candidate.policy) { return objection }
        // drivers/pci/pci-driver.c, pci_device_can_probe: ids count for nothing then, an override does.
        if candidate.function.identity.wantsOverride {
            return "sriov_drivers_autoprobe of its physical function is 0"
        }
        let id = candidate.function.id
        guard postponed.contains(where: { $0.id == id && $0.driver == candidate.policy.driver }),
            let stuck = planning.snapshot.stuck.keys.min()
        else { return nil }
        return "\(stuck) is stuck, and new_id would wait for it; \(id) is registered once nothing is stuck"
    }

    private func newIDReason(_ policy: Policy) -> String {
        if policy.isByHand { return "new_id: requested on the command line" }
        return policy.method == .newID
            ? "new_id: the policy asks for it" : "new_id: the policy matches by device ID alone"
    }

    /// Functions that no policy names and that a registration takes, now or as soon as they have no driver.
    private mutating func alsoTaken(by policy: Policy) -> [String] {
        if let known = besides[policy.name] { return known }
        let found = findTaken(by: policy)
        besides[policy.name] = found
        return found
    }

    private func findTaken(by policy: Policy) -> [String] {
        policy.exactIDs.flatMap(unmatched).map { function in
            guard let driver = function.driver else {
                return "new_id also binds \(function.address): same device ID, currently without a driver"
            }
            return
                "\(function.address) (\(driver)) has the same device ID: \(policy.driver) binds it once it has no driver"
        }
    }

    private func unmatched(_ id: PCIID) -> [PCIFunction] {
        planning.snapshot.functions(of: id).filter { planning.settled[$0.address]?.decision == .unmatched }
    }

    private mutating func steps(_ candidate: Planning.Candidate, _ plan: FunctionPlan) -> [Step] {
        let function = candidate.function
        let address = function.address
        let driver = candidate.policy.driver
        var steps: [Step] = []
        if planning.snapshot.drivers[driver] ?? .registered != .registered, loaded.insert(driver).inserted {
            steps.append(.loadModule(of: driver, for: address))
        }
        if plan.method == .driverOverride {
            if function.driverOverride != driver.text { steps.append(.setOverride(driver.text, of: address)) }
        } else {
            // Another driver's override would keep the id from matching (drivers/pci/pci-driver.c, pci_match_device).
            if let override = function.driverOverride, override != driver.text {
                steps.append(.clearOverride(of: address))
            }
            if pending[function.id] == driver {
                pending[function.id] = nil
                steps.append(.registerID(function.id, with: driver, for: address))
            }
        }
        if let old = function.driver { steps.append(.unbind(address, from: old)) }
        steps.append(.bind(address, to: driver))
        return steps
    }
}
