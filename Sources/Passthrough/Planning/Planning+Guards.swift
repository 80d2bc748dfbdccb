extension UseFinding {
    /// What no setting passes over.
    static func firm(_ evidence: Evidence) -> UseFinding { UseFinding(.busy, [evidence], isOverridable: false) }

    /// A driver that cannot be bound because it, or what is known of it, is missing.
    static func absent(_ obstacle: DriverObstacle) -> UseFinding {
        UseFinding(.busy, [.driver(obstacle)], isOverridable: false, isAbsence: true)
    }

    /// Virtual functions that would be lost with their physical function.
    static func enabled(virtualFunctions count: Int) -> UseFinding? {
        count > 0 ? .firm(.virtualFunctions(count)) : nil
    }
}

extension [Evidence] {
    /// The first eight, and how many more there are.
    var shortened: [Evidence] { count > 8 ? prefix(8) + [.more(count - 8)] : self }
}

extension Planning {
    /// Asks every guard that looks at one function alone.
    mutating func askGuards() {
        let lower = lowerFunctions()
        for (address, candidate) in candidates {
            var answers = findings(candidate)
            if let below = lower[address], let answer = ask(.below, candidate, Planning.below(below)) {
                answers.append(answer)
            }
            answers.sort { $0.name < $1.name }
            candidates[address]?.findings = answers
        }
    }

    /// The functions that this plan gives away, or that a policy has given away already, by those above them.
    private func lowerFunctions() -> [PCIAddress: [PCIAddress]] {
        var lower: [PCIAddress: [PCIAddress]] = [:]
        let given =
            candidates.values.map(\.function) + settled.values.filter { $0.decision == .already }.map(\.function)
        for function in given {
            for above in function.path where above != function.address {
                lower[above, default: []].append(function.address)
            }
        }
        return lower
    }

    /// With a VMD controller its disks would go.
    private static func below(_ addresses: [PCIAddress]) -> UseFinding {
        UseFinding(.busy, addresses.sorted().map { Evidence.below($0) }.shortened, isOverridable: false)
    }

    private func findings(_ candidate: Candidate) -> [GuardFinding] {
        let function = candidate.function
        let target = candidate.policy.driver
        var findings = [
            ask(.bridge, candidate, bridge(function)),
            ask(.target, candidate, unknownChoice(candidate.policy) ?? self.target(target, function.id)),
        ]
        if target.isVFIO { findings.append(ask(.iommu, candidate, iommu(function))) }
        if let finding = UseFinding.enabled(virtualFunctions: function.virtualFunctionCount) {
            findings.append(ask(.vfs, candidate, finding))
        }
        for (name, finding) in snapshot.uses[function.address] ?? [:] {
            if name == .inUse, function.driver?.isVFIO != true { continue }
            // A policy that names what a card is does not care where it sits.
            if name == .identity, !candidate.policy.isByAddressAlone || candidate.isByHand { continue }
            findings.append(ask(name, candidate, finding))
        }
        return findings.compactMap { $0 }
    }

    private func bridge(_ function: PCIFunction) -> UseFinding {
        function.isBridge ? .firm(.bridge(function.classCode, headerType: function.headerType)) : UseFinding(.free)
    }

    /// Where nobody knows which drivers there are, none is the best.
    private func unknownChoice(_ policy: Policy) -> UseFinding? {
        guard policy.choosesVariant, let failure = snapshot.variants.failure else { return nil }
        return .absent(.unknownVariants(failure))
    }

    /// The driver is there or can be had, and takes such a function: vfio-pci has a list of those that it refuses
    /// (`vfio_pci_denylist`, `drivers/vfio/pci/vfio_pci.c`).
    private func target(_ driver: DriverName, _ id: PCIID) -> UseFinding {
        if driver.text == "vfio_pci", snapshot.drivers[driver] != .registered {
            return .absent(.nameOfModule)
        }
        if snapshot.drivers[driver] == .missing { return .absent(.missing(driver)) }
        if driver == .vfioPCI, !snapshot.ignoresDenyList, SimulatedDriver.vfioDenyList.contains(id) {
            return .firm(.driver(.denied(id)))
        }
        return UseFinding(.free)
    }

    private func iommu(_ function: PCIFunction) -> UseFinding {
        guard function.isNoIOMMUGroup || function.iommuGroup == nil else { return UseFinding(.free) }
        let obstacle = function.isNoIOMMUGroup ? IOMMUObstacle.noIOMMUMode : .noGroup
        return UseFinding(.busy, [.iommu(obstacle)], isOverridable: snapshot.allowsNoIOMMU)
    }

    /// Turns what was found into an answer under the policy's and the command line's setting; nil where nothing was asked.
    func ask(_ name: Guard, _ candidate: Candidate, _ finding: UseFinding) -> GuardFinding? {
        let setting = setting(of: name, candidate)
        if setting == .off, !finding.isFirm { return nil }
        return GuardFinding(name, finding, setting: setting, isComplete: snapshot.isComplete)
    }

    private func setting(of name: Guard, _ candidate: Candidate) -> GuardSetting {
        if request.overrides.contains(name) { return .warn }
        return name.isUnconditional ? .enforce : candidate.policy.guards[name] ?? .enforce
    }
}
