import Engine
import Host
import Passthrough

/// Takes back the device ID of functions that have to stay with the host, before another driver gets them by it.
struct BystanderWatch {
    let session: Session
    /// The function of the event and those near it, without evidence of use.
    let snapshot: HostSnapshot

    /// Writes down that a function has to stay, of which nothing is to be done; of others their worker does.
    func judge(_ address: PCIAddress) {
        guard let fingerprint = session.policies.fingerprint, let function = snapshot.function(at: address),
            !session.policies.registering([function.id]).isEmpty
        else { return }
        let planner = Planner(
            policies: session.policies, request: PlanRequest(addresses: [address], isByUser: false))
        // Whether libvirt manages it is asked only where that decides about something.
        let reader = SnapshotReader(root: session.root, wanted: session.policies.wantedFacts)
        let known =
            isShared(function)
            ? reader.complete(snapshot, for: planner, overrides: .direct(session.root), fresh: []) : snapshot
        for (policy, address) in planner.plan(known, predicts: false).bystanders {
            TypeVerdicts(root: session.root).note(address, of: policy, under: fingerprint)
        }
    }

    /// Takes back what is registered for policies that have a bystander, and says what was.
    func withdraw(for address: PCIAddress) -> [PCIID] {
        guard let function = snapshot.function(at: address), isShared(function) else { return [] }
        let verdicts = TypeVerdicts(root: session.root)
        let policies = session.policies.registering([function.id]).filter {
            verdicts.hasBystander($0.name, in: session.policies)
        }
        let withdrawals = policies.flatMap { policy in
            policy.exactIDs.filter { snapshot.registeredIDs[policy.driver]?.contains($0) ?? false }.map {
                Withdrawal(id: $0, driver: policy.driver)
            }
        }.filter { !StateFolder(root: session.root).isNeededByHand($0) }
        let outcomes = RegistrationWorker.withdraw(withdrawals, root: session.root, patience: 1_000)
        return outcomes.filter { $0.result == "ok" }.map(\.withdrawal.id)
    }

    /// Whether another driver may get the function by its ID.
    private func isShared(_ function: PCIFunction) -> Bool {
        snapshot.registeredIDs.contains { $1.contains(function.id) && $0 != function.driver }
    }
}
