import Host
import HostFiles
import Passthrough

/// The way back, in a worker.
extension UnitWorker {
    func release(_ overrides: Set<Guard>, passesDrift: Bool, _ holds: Bool, _ executor: Executor) {
        _ = SnapshotReader(root: root).refreshing(Set(unit.addresses), in: known, droppingStale: true)
        let reader = HostReader(root: root)
        for address in unit.addresses {
            guard let function = reader.function(at: address) else {
                send(.ended(FunctionOutcome(address: address, outcome: .vanished, error: "it no longer exists")))
                continue
            }
            let plan = releasePlan(function, overrides, passesDrift)
            send(.ended(plan.decision == .rebind ? give(plan, executor, holds) : notReleased(plan, holds)))
        }
    }

    private func releasePlan(_ function: PCIFunction, _ overrides: Set<Guard>, _ passesDrift: Bool) -> FunctionPlan {
        let snapshots = SnapshotReader(root: root)
        let override = HostReader(root: root).driverOverride(of: function.address)
        let snapshot = snapshots.forRelease(function, override: override)
        return ReleasePlan.plan(
            for: snapshot.function(at: function.address) ?? function, in: snapshot, overrides: overrides,
            passesDrift: passesDrift)
    }

    /// The hold is written first: the event of the native driver's bind must find it.
    private func give(_ plan: FunctionPlan, _ executor: Executor, _ holds: Bool) -> FunctionOutcome {
        let address = plan.function.address
        let wasHeld = state.holds()[address] != nil
        do throws(StateError) {
            if holds, let record = state.record(of: address) { try state.hold(address, instance: record.instance) }
        } catch {
            return FunctionOutcome(
                address: address, policy: plan.policy, outcome: .failed, driver: plan.function.driver,
                error: "\(error); nothing was changed")
        }
        let outcome = executor.release(plan)
        if outcome.outcome != .released, !wasHeld { try? state.dropHold(of: address) }
        return outcome
    }

    /// Nothing to give back. A function that its native driver has is put on hold all the same, which is what the user wants.
    private func notReleased(_ plan: FunctionPlan, _ holds: Bool) -> FunctionOutcome {
        let address = plan.function.address
        var outcome = FunctionOutcome(
            address: address, policy: plan.policy, outcome: plan.decision.outcome,
            driver: plan.function.driver, guards: plan.guards, error: plan.reason)
        guard holds, plan.decision == .already, let instance = HostReader(root: root).instance(of: address) else {
            return outcome
        }
        if state.hold(of: address) == instance {
            outcome.error = "it is held already, until `vfio-rebind apply \(address)`"
            return outcome
        }
        do throws(StateError) {
            try state.hold(address, instance: instance)
            outcome.error = "\(plan.reason); it is held from now on, until `vfio-rebind apply \(address)`"
        } catch {
            outcome.outcome = .failed
            outcome.error = "\(plan.reason), and it could not be held: \(error)"
        }
        return outcome
    }
}
