extension DriverName {
    /// What is said where neither the driver nor its module is there.
    var absence: String { "driver \(self) is not registered and no module \(moduleName) is there to load" }
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
        let sorted = addresses.sorted()
        var evidence = sorted.prefix(8).map { "\($0) lies below it and is given away too" }
        if sorted.count > 8 { evidence.append("and \(sorted.count - 8) more below it") }
        return UseFinding(.busy, evidence, isOverridable: false)
    }

    private func findings(_ candidate: Candidate) -> [GuardFinding] {
        let function = candidate.function
        let target = candidate.policy.driver
        var findings = [
            ask(.bridge, candidate, bridge(function)),
            ask(.target, candidate, unknownChoice(candidate.policy) ?? self.target(target, function.id)),
        ]
        if target.isVFIO { findings.append(ask(.iommu, candidate, iommu(function))) }
        if function.virtualFunctionCount > 0 {
            let text = "\(function.virtualFunctionCount) virtual functions of it are enabled"
            findings.append(ask(.vfs, candidate, UseFinding(.busy, [text], isOverridable: false)))
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
        guard function.isBridge else { return UseFinding(.free) }
        let header = function.headerType.map { ", header type \($0 & 0x7f)" } ?? ""
        return UseFinding(.busy, ["it is a bridge (class \(function.classCode)\(header))"], isOverridable: false)
    }

    /// Where nobody knows which drivers there are, none is the best.
    private func unknownChoice(_ policy: Policy) -> UseFinding? {
        guard policy.choosesVariant, let failure = snapshot.variants.failure else { return nil }
        return UseFinding(.busy, [failure], isOverridable: false, isAbsence: true)
    }

    /// The driver is there or can be had, and takes such a function: vfio-pci has a list of those that it refuses
    /// (`vfio_pci_denylist`, `drivers/vfio/pci/vfio_pci.c`).
    private func target(_ driver: DriverName, _ id: PCIID) -> UseFinding {
        if driver.text == "vfio_pci", snapshot.drivers[driver] != .registered {
            let text = "no driver is called vfio_pci, which is the module; did you mean vfio-pci?"
            return UseFinding(.busy, [text], isOverridable: false, isAbsence: true)
        }
        if snapshot.drivers[driver] == .missing {
            return UseFinding(.busy, [driver.absence], isOverridable: false, isAbsence: true)
        }
        if driver == .vfioPCI, !snapshot.ignoresDenyList, SimulatedDriver.vfioDenyList.contains(id) {
            return UseFinding(.busy, ["vfio-pci refuses \(id): it is on its deny list"], isOverridable: false)
        }
        return UseFinding(.free)
    }

    private func iommu(_ function: PCIFunction) -> UseFinding {
        if function.isNoIOMMUGroup {
            let text = "its IOMMU group is one of the no-IOMMU mode, which isolates nothing"
            return UseFinding(.busy, [text], isOverridable: snapshot.allowsNoIOMMU)
        }
        guard function.iommuGroup == nil else { return UseFinding(.free) }
        let text = "it has no IOMMU group: the IOMMU is off or does not cover it"
        return UseFinding(.busy, [text], isOverridable: snapshot.allowsNoIOMMU)
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
