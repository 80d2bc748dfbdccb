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

    /// Members of a group that keep it from being given away, worded; `strict` as a group that is taken whole sees it.
    private func obstacles(in group: [PCIFunction], strict: Bool) -> [(PCIAddress, String)] {
        group.compactMap { member in
            let candidate = candidates[member.address]
            if let candidate, !candidate.isRefused {
                if candidate.policy.driver.keepsGroupViable { return nil }
                return (member.address, "\(member.address) goes to \(candidate.policy.driver), a driver of the host")
            }
            if isViable(member) { return nil }
            if member.isBridge {
                return member.driver.map { (member.address, "\(member.address), a bridge, is held by \($0)") }
            }
            guard let driver = member.driver else {
                let stays = candidate != nil || settled[member.address]?.decision == .ignored || isHeld(member)
                guard strict, stays else { return nil }
                return (member.address, "\(member.address) \(whyItStays(member.address))")
            }
            return (member.address, "\(member.address) stays with \(driver): it \(whyItStays(member.address))")
        }
    }

    private func whyItStays(_ address: PCIAddress) -> String {
        if let refusal = candidates[address]?.refusal {
            return "is refused by the guard \(refusal.name.rawValue)"
        }
        return switch settled[address]?.decision {
        case .ignored: "is left alone by policy \(settled[address]?.policy ?? "")"
        case .held: "is held"
        case .already: "is wanted there"
        case _ where snapshot.holds.contains(address): "is held"
        default: "has no policy"
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
        _ group: UInt32, _ address: PCIAddress, lenient: [(PCIAddress, String)], strict: [(PCIAddress, String)]
    ) -> Bool {
        guard var candidate = candidates[address] else { return false }
        let wasRefused = candidate.isRefused
        let found = (candidate.policy.group == .whole ? strict : lenient).filter { $0.0 != address }
        var evidence = found.prefix(8).map { "in IOMMU group \(group), \($0.1)" }
        if found.count > 8 { evidence.append("in IOMMU group \(group), \(found.count - 8) more") }
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
        var known: [String: [String]] = [:]
        for (address, candidate) in candidates where candidate.policy.method == .newID && !candidate.isMate {
            guard !candidate.findings.contains(where: { $0.name == .siblings }) else { continue }
            let bystanders = known[candidate.policy.name] ?? bystanders(of: candidate.policy)
            known[candidate.policy.name] = bystanders
            guard !bystanders.isEmpty else { continue }
            let finding = UseFinding(
                .busy, bystanders.prefix(8).map { "new_id would take \($0)" }, isOverridable: false)
            guard let answer = ask(.siblings, candidate, finding) else { continue }
            let findings = (candidate.findings + [answer]).sorted { $0.name < $1.name }
            candidates[address]?.findings = findings
            changed = changed || !candidate.isRefused
        }
        return changed
    }

    /// Present functions of the policy's ids that must not go with it, each with the reason.
    func bystanders(of policy: Policy) -> [String] { bystandersByAddress(of: policy).map { "\($0): \($1)" } }

    /// The same with the address of each.
    func bystandersByAddress(of policy: Policy) -> [(PCIAddress, String)] {
        policy.exactIDs.flatMap { snapshot.functions(of: $0) }.compactMap { function in
            let address = function.address
            if let candidate = candidates[address] {
                if candidate.policy.name != policy.name { return (address, "policy \(candidate.policy.name) decides") }
                // One that is refused only for its bystanders is none itself.
                guard let refusal = candidate.findings.first(where: { $0.refuses && $0.name != .siblings }) else {
                    return nil
                }
                return (address, "refused by the guard \(refusal.name.rawValue)")
            }
            guard let plan = settled[address] else { return nil }
            switch plan.decision {
            case .ignored, .held: return (address, plan.reason)
            case .already:
                if let name = plan.policy, name != policy.name { return (address, "policy \(name) decides") }
                return plan.guards.first { $0.name == .libvirt }?.evidence.first.map { (address, $0) }
            case .unmatched:
                if isHeld(function) { return (address, "released by hand, and held") }
                let libvirt = snapshot.uses[address]?[.libvirt].flatMap { $0.verdict == .busy ? $0 : nil }
                return libvirt?.evidence.first.map { (address, $0) }
            default: return nil
            }
        }
    }
}
