extension PolicySet {
    /// The policy that takes every VF that a PF may ever have to VFIO; nil where any of them could go another way.
    package func takerOfVirtualFunctions(of parent: PCIFunction) -> Policy? {
        guard let pool = parent.identity.virtualFunctions else { return nil }
        let id = PCIID(vendor: parent.id.vendor, device: pool.device)
        for policy in policies {
            let match = policy.match.likelihood(ofVirtualFunction: id, of: parent)
            let except = policy.except?.likelihood(ofVirtualFunction: id, of: parent) ?? .never
            if match == .never || except == .always { continue }
            let isCertain = match == .always && except == .never
            return isCertain && policy.action == .passthrough && policy.driver.isVFIO ? policy : nil
        }
        return nil
    }
}

extension Match {
    /// Its id, class, role and PF are known beforehand (a VF has its PF's class: PCI Express Base Specification 9.3.4); address, path,
    /// serial number and all else are not.
    fileprivate func likelihood(ofVirtualFunction id: PCIID, of parent: PCIFunction) -> Likelihood {
        let known = [
            ids?.contains { $0.matches(id) }, classes?.contains { $0.matches(parent.classCode) },
            roles?.contains { $0.matches(.virtual) }, physicalFunctions?.contains { $0.matches(parent.address) },
        ]
        if known.contains(false) { return .never }
        var rest = self
        (rest.ids, rest.classes, rest.roles, rest.physicalFunctions) = (nil, nil, nil, nil)
        return rest.isEmpty ? .always : .perhaps
    }

    /// Whether it speaks of VFs, so that PFs have to be asked for theirs.
    package var isAboutVirtualFunctions: Bool { physicalFunctions != nil || roles?.contains(.virtual) ?? false }

    /// Whether a function that does not exist yet would match.
    fileprivate enum Likelihood {
        case never, perhaps, always
    }
}
