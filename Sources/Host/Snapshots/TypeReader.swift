package import HostFiles
package import Passthrough

/// Plans for functions whose policy registers device IDs with a driver: that depends on every function that has these IDs.
///
/// `new_id` takes every function of an ID that has no driver, now and later (drivers/pci/pci-driver.c, `new_id_store`), so it is not the method
/// while one of them has to stay with the host. To read all of them, and who uses each, at every event would cost the more the more there
/// are. `TypeVerdicts` remembers what was found instead, and the reasons why that is enough are these:
///
/// - A function that has come since, or that is another now at the same address, has a key that is not among those that were looked at
///   (`FunctionKeys`). It is looked at, alone.
/// - A function that has changed its driver has an event of its own, and whoever works on that looks at the function anyway. Where it is
///   found to have to stay, that is written down, and the ID is taken back.
/// - A bystander is looked at again each time; where it has gone, or need not stay any more, all functions are.
/// - A hold makes everything be forgotten; other policies have another fingerprint.
/// - What changes without an event (an interface gets an address, libvirt a definition) counts where an ID is about to be registered: the
///   write makes the kernel walk through all functions, and so does this. Once the ID is registered such a function keeps its driver,
///   whatever this program does to others.
package struct TypeReader {
    private let planner: Planner
    /// Whether IDs are registered that no step of a function registers: of functions that are where they belong.
    private let registersAlone: Bool
    private let host: HostReader
    private let snapshots: SnapshotReader
    private let verdicts: TypeVerdicts

    package init(root: Root, planner: Planner, registersAlone: Bool = false) {
        self.planner = planner
        self.registersAlone = registersAlone
        host = HostReader(root: root, wanted: planner.policies.wantedFacts, isBrief: true)
        snapshots = SnapshotReader(root: root, wanted: planner.policies.wantedFacts)
        verdicts = TypeVerdicts(root: root)
    }

    /// The plan for functions, of which `near` has all evidence and all that is near them, and the snapshot that it was made of.
    package func plan(_ near: HostSnapshot) -> (plan: HostPlan, snapshot: HostSnapshot) {
        let plan = planner.plan(near, predicts: false)
        let looks = looks(plan, near)
        guard looks.isEmpty else { return self.plan(near, looks) }
        note(plan)
        return (plan, near)
    }

    /// What is to be found out about one policy.
    private struct Look {
        let policy: Policy
        /// Whether its ID is not registered yet.
        let isRegistering: Bool
        /// Whether all functions are looked at, whatever is remembered.
        var isWhole = false
        var source = Source.all([])

        enum Source {
            case bystander
            /// Those that came since, by their keys.
            case newcomers([UInt64])
            case all([UInt64])
        }
    }

    /// The policies that would register the IDs of functions, as far as the functions near them tell.
    private func looks(_ plan: HostPlan, _ near: HostSnapshot) -> [Look] {
        let functions = plan.functions.filter { $0.decision == .rebind && $0.method == .newID }
        var policies = functions.compactMap { planner.policy(for: $0.function, near.records) }
        if registersAlone {
            policies += planner.policies.registering(Set(plan.registrations.map(\.id)))
        }
        var looks: [Look] = []
        for policy in policies
        where !policy.exactIDs.isEmpty && !looks.contains(where: { $0.policy.name == policy.name }) {
            looks.append(
                Look(policy: policy, isRegistering: plan.registrations.contains { $0.policy == policy.name }))
        }
        return looks
    }

    private func plan(_ near: HostSnapshot, _ looks: [Look]) -> (plan: HostPlan, snapshot: HostSnapshot) {
        var remembered = looks
        if let suspects = suspects(&remembered, near) { return plan(near, remembered, suspects) }
        return verdicts.exclusively {
            // Somebody may have found it out while the lock was waited for.
            var remembered = looks
            if let suspects = suspects(&remembered, near) { return plan(near, remembered, suspects) }
            let everything = all(&remembered)
            return plan(near, remembered, everything)
        }
    }

    private func plan(
        _ near: HostSnapshot, _ looks: [Look], _ suspects: [PCIFunction]
    ) -> (plan: HostPlan, snapshot: HostSnapshot) {
        let snapshot = widened(near, suspects, Set(looks.flatMap(\.policy.exactIDs)))
        let plan = planner.plan(snapshot, predicts: false)
        var again = looks
        for (index, look) in looks.enumerated() {
            guard case .bystander = look.source, plan.bystanders[look.policy.name] == nil else { continue }
            again[index].isWhole = true
        }
        if again.contains(where: { look in look.isWhole && !looks.contains { $0.isWhole && $0.policy == look.policy } })
        {
            return self.plan(near, again)
        }
        conclude(looks, plan)
        return (plan, snapshot)
    }

    /// The functions that have to be looked at; nil where they are all.
    private func suspects(_ looks: inout [Look], _ near: HostSnapshot) -> [PCIFunction]? {
        var suspects: [PCIFunction] = []
        for index in looks.indices {
            let policy = looks[index].policy
            guard !looks[index].isWhole, let fingerprint = fingerprint(policy),
                let verdict = verdicts.verdict(of: policy.name, under: fingerprint)
            else { return nil }
            switch verdict.finding {
            case .bystander(let address):
                looks[index].source = .bystander
                if let function = host.function(at: address) { suspects.append(function) }
            case .free(let known):
                // What was found a moment ago holds for a registration too, as it does between a plan and its steps.
                guard !looks[index].isRegistering || verdict.isRecent else { return nil }
                let others = FunctionKeys.others(than: known.sorted(), root: host.root)
                looks[index].source = .newcomers(others.map(\.key))
                suspects += others.filter { other in
                    near.function(at: other.address) == nil
                        && host.id(at: other.address).map(policy.exactIDs.contains) ?? false
                }.compactMap { host.function(at: $0.address) }
            }
        }
        return suspects
    }

    private func all(_ looks: inout [Look]) -> [PCIFunction] {
        // Before they are read: one that comes meanwhile is a newcomer to the next.
        let keys = FunctionKeys(root: host.root).keys
        for index in looks.indices { looks[index].source = .all(keys) }
        return host.functions(connected: .types(Set(looks.flatMap(\.policy.exactIDs))))
    }

    /// The snapshot with other functions, what is near them, and what is asked about them.
    private func widened(_ near: HostSnapshot, _ suspects: [PCIFunction], _ asked: Set<PCIID>) -> HostSnapshot {
        let strangers = suspects.filter { near.function(at: $0.address) == nil }
        guard !strangers.isEmpty else { return near }
        var known = snapshots.refreshing(Set(strangers.map(\.address)), in: near)
        let found = Neighbourhood.functions(of: strangers) {
            planner.policy(for: $0, known.records)
        } connected: { link in
            guard case .types(let ids) = link else { return host.functions(connected: link) }
            let others = ids.subtracting(asked)
            return others.isEmpty ? [] : host.functions(connected: .types(others))
        }.filter { near.function(at: $0.address) == nil }
        known = snapshots.refreshing(Set(found.map(\.address)), in: known)
        return snapshots.complete(
            known.replacing(near.functions + found), for: planner, overrides: .direct(host.root), fresh: [])
    }

    private func conclude(_ looks: [Look], _ plan: HostPlan) {
        for look in looks {
            guard let fingerprint = fingerprint(look.policy), plan.bystanders[look.policy.name] == nil else { continue }
            switch look.source {
            case .bystander: break
            case .newcomers(let keys): verdicts.add(keys, to: look.policy.name)
            case .all(let keys): verdicts.replace(look.policy.name, .free(keys), under: fingerprint)
            }
        }
        note(plan)
    }

    /// Writes down which functions have to stay.
    private func note(_ plan: HostPlan) {
        guard planner.request.byHand == nil, let fingerprint = planner.policies.fingerprint else { return }
        for (policy, address) in plan.bystanders { verdicts.note(address, of: policy, under: fingerprint) }
    }

    /// Nothing is remembered of what the command line asks for.
    private func fingerprint(_ policy: Policy) -> UInt64? { policy.isByHand ? nil : planner.policies.fingerprint }
}
