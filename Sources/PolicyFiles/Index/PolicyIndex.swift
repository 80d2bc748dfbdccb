import Glibc
package import HostFiles
package import Passthrough

/// Tells whether an event could concern any policy, from one small file and without reading a policy.
///
/// udev calls `handle` for every PCI event of the machine, and nearly all concern nobody. The index is written after a whole reading of the
/// policies, and holds as long as every file and folder that was read then is the same. It may say yes too often, never no.
package struct PolicyIndex {
    package static let path = "/run/vfio-rebind/policy-index"
    static let limit = 16 << 20

    /// That of the policies (`PolicyLoad`).
    package let fingerprint: UInt64
    private let bytes: [UInt8]
    /// Where the conditions begin.
    private let conditions: Int

    /// Reads the index; nil where there is none, it is someone else's, or a policy file has changed since.
    package init?(root: Root) {
        guard let file = try? root.open(PolicyIndex.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let status = try? file.status(), status.isRegular, !status.isWritableByOthers,
            status.owner == 0 || status.owner == geteuid(), let bytes = try? file.read(limit: PolicyIndex.limit)
        else { return nil }
        var reader = IndexReader(bytes)
        guard reader.isWhole, let fingerprint = reader.fingerprint(), reader.areSourcesCurrent(root) else { return nil }
        self.fingerprint = fingerprint
        conditions = reader.position
        self.bytes = bytes
    }

    /// Whether a policy could want the function of an event, or a member of its group that was refused because of it.
    package func mayConcern(_ event: Uevent, root: Root, functionAt: (PCIAddress) -> PCIFunction?) -> Bool {
        let subject: Subject
        if let id = event.id, let classCode = event.classCode {
            subject = Subject(address: event.address, id: id, subsystem: event.subsystem, classCode: classCode)
        } else {
            guard let function = functionAt(event.address) else { return false }
            subject = Subject(function)
        }
        if matches(subject) || root.exists("/run/vfio-rebind/journal/\(event.address)") { return true }
        let group = "\(SysfsPath.device(event.address))/iommu_group/devices"
        guard let mates = try? root.folder(group).names(), mates.count > 1 else { return false }
        return mates.compactMap { PCIAddress($0) }.compactMap(functionAt).contains { matches(Subject($0)) }
    }

    /// What the conditions look at.
    private struct Subject {
        let address: PCIAddress
        let id: PCIID
        let subsystem: PCIID?
        let classCode: ClassCode

        init(address: PCIAddress, id: PCIID, subsystem: PCIID?, classCode: ClassCode) {
            self.address = address
            self.id = id
            self.subsystem = subsystem
            self.classCode = classCode
        }

        init(_ function: PCIFunction) {
            self.init(
                address: function.address, id: function.id, subsystem: function.subsystem, classCode: function.classCode
            )
        }
    }

    private func matches(_ subject: Subject) -> Bool {
        let id = UInt64(subject.id.vendor) << 16 | UInt64(subject.id.device)
        let subsystem = subject.subsystem.map { UInt64($0.vendor) << 16 | UInt64($0.device) }
        let address = PolicyIndex.number(subject.address)
        var reader = IndexReader(bytes, position: conditions)
        while let condition = reader.condition() {
            switch condition.kind {
            case .id: if id & condition.mask == condition.value { return true }
            case .subsystem: if let subsystem, subsystem & condition.mask == condition.value { return true }
            case .classCode: if UInt64(subject.classCode.value) & condition.mask == condition.value { return true }
            case .address: if address == condition.value { return true }
            case .any: return true
            }
        }
        return false
    }

    static func number(_ address: PCIAddress) -> UInt64 {
        UInt64(address.domain) << 16 | UInt64(address.bus) << 8 | UInt64(address.device) << 3 | UInt64(address.function)
    }
}
