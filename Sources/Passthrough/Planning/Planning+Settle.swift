extension Planning {
    /// Lets refusals spread until nothing changes: through IOMMU groups, and through ids that a bystander has.
    ///
    /// Each round only adds refusals, so it ends.
    mutating func settle() {
        var changed = true
        while changed {
            changed = refuseUnviableGroups()
            changed = refuseForcedIDs() || changed
        }
    }

    /// Members of a group that keep it from being viable; `strict` as a group that is taken whole sees it.
    private func obstacles(in group: [PCIFunction], strict: Bool) -> [GroupObstacle] {
        group.compactMap { member in
            state(of: member, strict: strict).map { GroupObstacle(member: member.address, state: $0) }
        }
    }

    private func state(of member: PCIFunction, strict: Bool) -> GroupObstacle.State? {
        let candidate = candidates[member.address]
        if let candidate, !candidate.isRefused {
            return candidate.policy.driver.keepsGroupViable ? nil : .goes(to: candidate.policy.driver)
        }
        if isViable(member) { return nil }
        if member.isBridge { return member.driver.map { .bridge($0) } }
        let isLeftAlone =
            settled[member.address].map { [.ignored, .contested, .stuck].contains($0.decision) } ?? false
        let stays = candidate != nil || isLeftAlone || isHeld(member)
        guard member.driver != nil || strict && stays else { return nil }
        return .stays(member.driver, whyItStays(member))
    }

    private func whyItStays(_ member: PCIFunction) -> StayReason {
        let address = member.address
        if let refusal = candidates[address]?.refusal { return .refused(by: refusal.name) }
        return switch settled[address]?.decision {
        case .ignored: .ignored(policy: settled[address]?.policy ?? "")
        case .held: .held
        case .already: .assigned
        case .contested: .contested
        case .stuck: .stuck
        case _ where snapshot.holds.contains(address): .held
        default: .unnamed(refusing: snapshot.guardOfUse(member))
        }
    }

    private mutating func refuseUnviableGroups() -> Bool {
        var byGroup: [UInt32: [PCIAddress]] = [:]
        for (address, candidate) in candidates where candidate.policy.driver.isVFIO {
            if let group = candidate.function.iommuGroup { byGroup[group, default: []].append(address) }
        }
        var changed = false
        for (group, addresses) in byGroup {
            guard let first = candidates[addresses[0]] else { continue }
            let mates = snapshot.groupMates(of: first.function)
            guard !mates.isEmpty else { continue }
            let members = (mates + [first.function]).sorted { $0.address < $1.address }
            let lenient = obstacles(in: members, strict: false)
            let strict = obstacles(in: members, strict: true)
            for address in addresses {
                changed = judgeGroup(group, address, lenient: lenient, strict: strict) || changed
            }
        }
        return changed
    }

    /// Answers the guard `group` for one candidate; whether that refuses it anew.
    private mutating func judgeGroup(
        _ group: UInt32, _ address: PCIAddress, lenient: [GroupObstacle], strict: [GroupObstacle]
    ) -> Bool {
        guard var candidate = candidates[address] else { return false }
        let wasRefused = candidate.isRefused
        let found = (candidate.policy.group == .whole ? strict : lenient).filter { $0.member != address }
        let evidence = found.map { Evidence.groupMember(group, $0) }.shortened
        candidate.findings.removeAll { $0.name == .group }
        let isIgnored = candidate.policy.group == .ignore || request.overrides.contains(.group)
        candidate.findings.append(
            GuardFinding(
                .group, UseFinding(found.isEmpty ? .free : .busy, evidence), setting: isIgnored ? .warn : .enforce,
                isComplete: snapshot.isComplete))
        candidate.findings.sort { $0.name < $1.name }
        candidates[address] = candidate
        return candidate.isRefused && !wasRefused
    }

    /// Refuses the functions of a policy with a forced `new_id` whose ids a bystander has.
    private mutating func refuseForcedIDs() -> Bool {
        var changed = false
        var known: [String: [Bystander]] = [:]
        for (address, candidate) in candidates where candidate.policy.method == .newID && !candidate.isMate {
            guard !candidate.findings.contains(where: { $0.name == .siblings }) else { continue }
            let bystanders = known[candidate.policy.name] ?? bystanders(of: candidate.policy)
            known[candidate.policy.name] = bystanders
            guard !bystanders.isEmpty else { continue }
            let finding = UseFinding(
                .busy, bystanders.map { Evidence.bystander($0) }.shortened, isOverridable: false)
            guard let answer = ask(.siblings, candidate, finding) else { continue }
            let findings = (candidate.findings + [answer]).sorted { $0.name < $1.name }
            candidates[address]?.findings = findings
            changed = changed || !candidate.isRefused
        }
        return changed
    }

    /// Present functions of the policy's device IDs that must not be bound with them.
    func bystanders(of policy: Policy) -> [Bystander] {
        policy.exactIDs.flatMap { snapshot.functions(of: $0) }.compactMap { function in
            reasonToStay(function, policy).map { Bystander(address: function.address, reason: $0) }
        }
    }

    private func reasonToStay(_ function: PCIFunction, _ policy: Policy) -> StayReason? {
        let address = function.address
        if let candidate = candidates[address] {
            if candidate.policy.name != policy.name { return .decided(policy: candidate.policy.name) }
            // One that is refused only for its bystanders is none itself.
            return candidate.findings.first { $0.refuses && $0.name != .siblings }.map { .refused(by: $0.name) }
        }
        guard let plan = settled[address] else { return nil }
        switch plan.decision {
        case .ignored: return .ignored(policy: plan.policy ?? "")
        case .held: return .held
        case .already:
            if let name = plan.policy, name != policy.name { return .decided(policy: name) }
            return plan.guards.first { $0.name == .libvirt }?.found.evidence.first.map { .libvirt($0) }
        case .unmatched:
            if isHeld(function) { return .held }
            let libvirt = snapshot.uses[address]?[.libvirt].flatMap { $0.verdict == .busy ? $0 : nil }
            return libvirt?.evidence.first.map { .libvirt($0) }
        default: return nil
        }
    }
}

extension HostSnapshot {
    /// The first guard that finds a function in use which no policy names.
    fileprivate func guardOfUse(_ function: PCIFunction) -> Guard? {
        if function.virtualFunctionCount > 0 { return .vfs }
        return uses[function.address]?.filter { $0.value.verdict == .busy && $0.key != .identity }.keys.min()
    }
}
