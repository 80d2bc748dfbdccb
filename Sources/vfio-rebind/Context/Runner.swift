import Engine
import Host
import HostFiles
import Passthrough

/// Runs the engine for a command: selects functions and units, and collects the outcomes.
struct Runner {
    let session: Session
    /// The time of the engine's clock at which everything is left behind; nil for none.
    var deadline: Int64?
    /// Milliseconds to wait for locks of others.
    var patience = 60_000

    /// Rebinds functions as the policies, or `bind`, say. Records of earlier runs that did not end are finished or undone too.
    func rebind(_ request: PlanRequest) throws(Failure) -> RunResult {
        let keys = FunctionKeys(root: session.root)
        let (plan, snapshot): (HostPlan, HostSnapshot)
        if let addresses = request.addresses {
            (plan, snapshot) = try session.plan(near: addresses, request)
        } else {
            (plan, snapshot) = try session.plan(request)
            TypeVerdicts(root: session.root).note(plan, keys, under: session.policies)
        }
        UseMemory(root: session.root).update(from: plan, on: snapshot)
        let parents = snapshot.functions.filter { request.addresses?.contains($0.address) ?? true }
        tell(AutoprobeKeeper(root: session.root).keep(parents, policies: session.policies))
        let alone = plan.registrationsAlone
        var result = RunResult(functions: [])
        // Before anything is registered: a registration probes all functions, and an ID that is to be removed would still match.
        result.withdrawals = RegistrationWorker.withdraw(plan.withdrawals, root: session.root)
        result.registrations = RegistrationWorker.register(alone, root: session.root)
        result.registrations += plan.postponed.map { RegistrationOutcome(registration: $0, result: "EAGAIN") }
        // A run for named functions ignores records of others.
        let unfinished = snapshot.records.values.filter { $0.phase != .rebound }.map(\.address).filter {
            request.addresses?.contains($0) ?? true || !LockSet.isHeld(WorkUnit.functionKey($0), root: session.root)
        }
        let work = Set(plan.functions.filter { [.rebind, .contested].contains($0.decision) }.map(\.function.address))
            .union(unfinished)
        let named = (request.addresses ?? []).filter { snapshot.holds.contains($0) }
        let units = WorkUnit.units(
            of: snapshot.functions.filter { work.contains($0.address) || named.contains($0.address) })
        let planner = Planner(policies: session.policies, request: request)
        result.functions = Conductor(
            root: session.root, job: .rebind(planner), known: snapshot, patience: patience, deadline: deadline
        ).run(units)
        let worked = Set(result.functions.map(\.address))
        result.functions += plan.functions.filter { !worked.contains($0.function.address) }.compactMap {
            outcome($0, named: request.names($0.function.address))
        }
        result.functions.sort { $0.address < $1.address }
        result.registrations += plan.registrations.filter { !alone.contains($0) }.map { registration in
            let cards = plan.functions.filter { $0.decision == .rebind && $0.function.id == registration.id }
            return outcome(of: registration, Set(cards.map(\.function.address)), in: result.functions)
        }
        return result
    }

    /// The outcome of a registration that was part of the steps of functions. Where another run took those meanwhile, none of them has
    /// such a step: then the ID is registered, or by that run already.
    private func outcome(
        of registration: Registration, _ cards: Set<PCIAddress>, in outcomes: [FunctionOutcome]
    ) -> RegistrationOutcome {
        let own = outcomes.filter { cards.contains($0.address) }
        guard own.allSatisfy({ [.already, .vanished].contains($0.outcome) && $0.steps.isEmpty }) else {
            return RegistrationOutcome(
                registration: registration, result: Runner.result(of: registration, in: outcomes))
        }
        let known = StateFolder(root: session.root).registeredIDs()[registration.driver] ?? []
        return known.contains(registration.id)
            ? RegistrationOutcome(registration: registration, result: "EEXIST")
            : RegistrationWorker.register([registration], root: session.root)[0]
    }

    private func tell(_ changes: [AutoprobeKeeper.Change]) {
        for change in changes where change.problem != nil || !session.options.quiet { Output.error(change.text) }
    }

    private static func result(of registration: Registration, in outcomes: [FunctionOutcome]) -> String {
        for outcome in outcomes {
            guard
                let made = outcome.steps.first(where: {
                    $0.step.registers(registration.id, with: registration.driver)
                })
            else { continue }
            return outcome.undone?.contains(made.step) == true ? "ECANCELED" : made.result
        }
        return "ECANCELED"
    }

    /// The outcome of a function that needed no worker; nil for one that was not requested.
    private func outcome(_ plan: FunctionPlan, named: Bool) -> FunctionOutcome? {
        if plan.decision == .unmatched, !named { return nil }
        let outcome = plan.decision.outcome
        return FunctionOutcome(
            address: plan.function.address, policy: plan.policy, outcome: outcome, driver: plan.function.driver,
            guards: plan.guards,
            error: outcome == .already ? AccessWriter(root: session.root).keep(plan) : plan.reason)
    }

    /// Releases functions: the named ones, or all of the journal.
    func release(_ addresses: [PCIAddress], all: Bool, overrides: Set<Guard>, passesDrift: Bool) throws(Failure)
        -> RunResult
    {
        let snapshot = try session.functions(naming: addresses)
        let wanted = all ? Set(snapshot.records.keys) : Set(addresses)
        let units = WorkUnit.units(of: snapshot.functions.filter { wanted.contains($0.address) })
        let job = Job.release(overrides: overrides, passesDrift: passesDrift, holds: true)
        var result = RunResult(functions: [])
        result.functions = Conductor(
            root: session.root, job: job, known: snapshot, patience: patience, deadline: deadline
        ).run(units)
        let parents = snapshot.functions.filter { wanted.contains($0.address) }.map {
            $0.physicalFunction ?? $0.address
        }
        tell(AutoprobeKeeper(root: session.root).restore(all ? nil : Set(parents)))
        if all {
            let unneeded = RegistrationWorker.unneeded(root: session.root)
            result.withdrawals = RegistrationWorker.withdraw(unneeded, root: session.root)
        }
        return result
    }

    /// What `release` would do.
    func releasePlan(_ addresses: [PCIAddress], all: Bool, overrides: Set<Guard>, passesDrift: Bool) throws(Failure)
        -> HostPlan
    {
        let snapshot = try session.functions(naming: addresses)
        let wanted = all ? snapshot.records.keys.sorted() : addresses
        let reader = SnapshotReader(root: session.root)
        let values = (session.root.isHost ? OverrideReader.inWorker(session.root) : .direct(session.root))
            .overrides(of: wanted)
        let plans = wanted.compactMap { address -> FunctionPlan? in
            guard let function = snapshot.function(at: address) else { return nil }
            let own = reader.forRelease(function, override: values[address] ?? nil)
            return ReleasePlan.plan(
                for: own.function(at: address) ?? function, in: own, overrides: overrides, passesDrift: passesDrift)
        }
        var plan = HostPlan(isComplete: snapshot.isComplete, functions: plans, registrations: [])
        // Releasing the last function of an ID removes the ID.
        let released = plans.filter { $0.decision == .rebind }.map(\.function)
        let taken = Set(plans.flatMap(\.steps).compactMap(\.withdrawal))
        plan.withdrawals = RegistrationWorker.unneeded(besides: Set(released.map(\.address)), root: session.root)
            .filter { type in
                !taken.contains(type) && (all || released.contains { $0.id == type.id })
            }
        return plan.predicted(on: snapshot)
    }
}
