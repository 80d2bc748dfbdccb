import Glibc
package import HostFiles
package import Passthrough

/// Puts together all that planning looks at.
package struct SnapshotReader: Sendable {
    package let root: Root
    private let wanted: FunctionFacts
    private let host: HostReader
    private let state: StateFolder

    /// `wanted` is what the policies ask of functions besides what is always read.
    package init(root: Root, wanted: FunctionFacts = .none) {
        self.root = root
        self.wanted = wanted
        host = HostReader(root: root, wanted: wanted)
        state = StateFolder(root: root)
    }

    /// The functions, drivers and records, without evidence of use.
    package func functions() throws(HostReader.Failure) -> HostSnapshot { snapshot(try host.functions()) }

    /// Some functions and those near them, without evidence of use: nothing of the host is read besides. What shares a device ID with them
    /// `TypeReader` looks at.
    package func neighbourhood(
        of addresses: Set<PCIAddress>, for planner: Planner
    ) throws(HostReader.Failure) -> HostSnapshot {
        try host.askForPCI()
        let near = Neighbourhood.functions(of: addresses.compactMap(host.function), followingTypes: false) { function in
            planner.policy(for: function, record(of: function.address).map { [function.address: $0] } ?? [:])
        } connected: {
            host.functions(connected: $0)
        }
        var facts = hostFacts([], records: [:], holds: [])
        facts.contested = state.contested(among: near.map(\.address))
        return snapshot(near, refreshing: Set(near.map(\.address)), from: facts)
    }

    private func record(of address: PCIAddress) -> FunctionRecord? {
        state.record(of: address).flatMap { isStale($0.instance, address) ? nil : $0 }
    }

    /// The same for functions that are known already.
    package func snapshot(_ functions: [PCIFunction]) -> HostSnapshot {
        var records = state.records().records
        for (address, record) in records where isStale(record.instance, address) { records[address] = nil }
        let holds = state.holds().filter { !isStale($0.value, $0.key) }
        var facts = hostFacts(functions, records: records, holds: Set(holds.keys))
        facts.contested = state.contested()
        return facts
    }

    private func hostFacts(
        _ functions: [PCIFunction], records: [PCIAddress: FunctionRecord], holds: Set<PCIAddress>
    ) -> HostSnapshot {
        var snapshot = HostSnapshot(
            functions: functions, records: records, holds: holds, registeredIDs: state.registeredIDs(),
            isComplete: geteuid() == 0 || !root.isHost, allowsNoIOMMU: host.allowsNoIOMMU)
        snapshot.ignoresDenyList = host.ignoresDenyList
        snapshot.stuck = state.stuck()
        snapshot.begunIDs = state.begunIDs()
        if wanted.contains(.variants) { snapshot.variants = ModuleDatabase(root: root).variants() }
        snapshot.viability =
            root.attribute("/proc/sys/kernel/osrelease").map { ViabilityRule(release: $0) } ?? .ownership
        return snapshot
    }

    /// Whether the function that a record or hold was made for is gone. A function that is removed and added again is a new one, with a directory of its own in sysfs.
    private func isStale(_ instance: UInt64, _ address: PCIAddress) -> Bool { host.instance(of: address) != instance }

    /// A snapshot with the evidence that a planner needs, and the presence of the drivers that it may load.
    ///
    /// With `fresh`, only these functions and those without evidence are looked at, and only overrides of these are read: what
    /// another function's lock holds up must not hold up this one. Without, those of functions that have no driver are read too: they
    /// are taken by whatever is registered or loaded under the name that their override gives; and those of functions that VFIO has
    /// though no record says by what.
    package func complete(
        _ snapshot: HostSnapshot, for planner: Planner, overrides: OverrideReader, fresh: Set<PCIAddress>? = nil
    ) -> HostSnapshot {
        let candidates = planner.candidates(in: snapshot)
        let asked = candidates.filter { fresh?.contains($0) ?? true || snapshot.uses[$0] == nil }
        let besides = snapshot.functions.filter { function in
            fresh == nil && (function.driver?.isVFIO ?? true) && snapshot.records[function.address] == nil
        }
        let values = overrides.overrides(
            of: candidates.filter { fresh?.contains($0) ?? true }.union(besides.map(\.address)).sorted())
        var functions = snapshot.functions
        for index in functions.indices {
            if let value = values[functions[index].address] { functions[index].driverOverride = value }
            guard asked.contains(functions[index].address) else { continue }
            functions[index].identity.wantsOverride = host.wantsOverride(functions[index])
            if let group = functions[index].iommuGroup, snapshot.allowsNoIOMMU {
                functions[index].isNoIOMMUGroup = host.isNoIOMMUGroup(group)
            }
        }
        // Whether a member of a group could be passed through with it decides what is advised.
        let members = fresh == nil ? snapshot.unnamedMembers(of: candidates) : []
        let others = functions.filter { function in
            !candidates.contains(function.address) && !members.contains(function.address)
                && (function.driver?.isVFIO == true || planner.mayRegister(function.id))
        }
        let uses = self.uses(
            of: functions.filter { asked.contains($0.address) || members.contains($0.address) }, besides: others)
        var complete = HostSnapshot(
            functions: functions,
            drivers: presence(
                of: planner, choosing: functions.filter { candidates.contains($0.address) }, snapshot.variants),
            uses: snapshot.uses.merging(uses) { _, new in new }, records: snapshot.records, holds: snapshot.holds,
            registeredIDs: snapshot.registeredIDs, isComplete: snapshot.isComplete,
            allowsNoIOMMU: snapshot.allowsNoIOMMU)
        complete.takeHostFacts(from: snapshot)
        return complete
    }

    /// The same for every function, whatever policies there are; nothing is known of drivers.
    package func complete(_ snapshot: HostSnapshot, overrides: OverrideReader) -> HostSnapshot {
        let values = overrides.overrides(of: snapshot.functions.map(\.address))
        var functions = snapshot.functions
        for index in functions.indices {
            functions[index].driverOverride = values[functions[index].address] ?? nil
            functions[index].identity.wantsOverride = host.wantsOverride(functions[index])
            if let group = functions[index].iommuGroup, snapshot.allowsNoIOMMU {
                functions[index].isNoIOMMUGroup = host.isNoIOMMUGroup(group)
            }
        }
        var complete = snapshot.replacing(functions)
        complete.uses = uses(of: functions)
        return complete
    }

    /// What an earlier snapshot knew, with functions and the state of some of them read again.
    package func snapshot(
        _ functions: [PCIFunction], refreshing fresh: Set<PCIAddress>, from known: HostSnapshot
    ) -> HostSnapshot {
        let known = refreshing(fresh, in: known)
        var snapshot = HostSnapshot(
            functions: functions, uses: known.uses, records: known.records, holds: known.holds,
            registeredIDs: state.registeredIDs(), isComplete: known.isComplete, allowsNoIOMMU: known.allowsNoIOMMU)
        snapshot.takeHostFacts(from: known)
        snapshot.stuck = state.stuck()
        return snapshot
    }

    /// What an earlier snapshot knew, with the records, holds and rounds of some functions read again.
    ///
    /// Those of a function that was unplugged since are nobody's; who has the function's lock drops them.
    package func refreshing(
        _ addresses: Set<PCIAddress>, in known: HostSnapshot, droppingStale dropsStale: Bool = false
    ) -> HostSnapshot {
        var snapshot = known
        for address in addresses {
            let instance = host.instance(of: address)
            let record = state.record(of: address)
            let hold = state.hold(of: address)
            snapshot.records[address] = record?.instance == instance ? record : nil
            if Rounds(root: root).isContested(address, instance: { instance }) {
                snapshot.contested.insert(address)
            } else {
                snapshot.contested.remove(address)
            }
            if hold != nil, hold == instance {
                snapshot.holds.insert(address)
            } else {
                snapshot.holds.remove(address)
            }
            guard dropsStale else { continue }
            if let record, record.instance != instance { try? state.dropRecord(of: address) }
            if hold != nil, hold != instance { try? state.dropHold(of: address) }
        }
        return snapshot
    }

    /// One function with all that its release looks at.
    package func forRelease(_ function: PCIFunction, override: String?) -> HostSnapshot {
        var function = function
        function.driverOverride = override
        function.identity.wantsOverride = host.wantsOverride(function)
        var snapshot = snapshot([function])
        snapshot.uses = uses(of: [function])
        let reader = ModuleDatabase(root: root)
        if let native = snapshot.records[function.address]?.nativeDriver {
            snapshot.drivers[native] = reader.presence(of: native)
        }
        return snapshot
    }

    /// The evidence of use that is found now, and what is remembered of earlier boots.
    private func uses(
        of functions: [PCIFunction], besides others: [PCIFunction] = []
    ) -> [PCIAddress: [Guard: UseFinding]] {
        var uses = UseReader(root: root).uses(of: functions, besides: others)
        UseMemory(root: root).recall(&uses, of: functions)
        return uses
    }

    private func presence(
        of planner: Planner, choosing functions: [PCIFunction], _ variants: VariantTable
    ) -> [DriverName: DriverPresence] {
        var wanted = Set(planner.policies.policies.map(\.driver))
        if self.wanted.contains(.variants) { wanted.formUnion(functions.compactMap(variants.best)) }
        if let driver = planner.request.byHand?.driver { wanted.insert(driver) }
        let reader = ModuleDatabase(root: root)
        return Dictionary(uniqueKeysWithValues: wanted.map { ($0, reader.presence(of: $0)) })
    }
}

extension HostSnapshot {
    /// Members of the IOMMU groups of some functions that keep these from being viable, and are none of them.
    fileprivate func unnamedMembers(of addresses: Set<PCIAddress>) -> Set<PCIAddress> {
        let members = addresses.compactMap { function(at: $0) }.flatMap(groupMates).filter { member in
            member.driver != nil && !member.isBridge && !viability.allows(member)
                && !addresses.contains(member.address)
        }
        return Set(members.map(\.address))
    }
}
