import Host
import HostFiles
import Passthrough
import SystemPackage

/// The functions of one IOMMU group for which an event found nothing to do, and the facts by which that was decided.
///
/// Most events of a function that a policy wants come from what this program did to it itself: the next finds the same facts below
/// `/run/vfio-rebind/settled`, and ends there. Where a function is another, or has another driver, record, hold or `physfn` link (which comes
/// with a `change` event), or the group other members, nothing is known. Like `QuickLook` it uses no dictionary and no set.
struct SettledGroup {
    private let root: Root
    /// Tells the policies under which it was decided.
    private let policies: UInt64

    init(root: Root, policies: UInt64) {
        self.root = root
        self.policies = policies
    }

    /// What decides about a function, as far as it may change while the function is there.
    struct Member {
        let address: String
        let driver: String?
        let line: String
    }

    private static func path(_ address: PCIAddress) -> String { "\(StatePath.folder)/settled/\(address)" }

    /// Whether nothing has changed since nothing was to be done.
    func isSettled(_ address: PCIAddress) -> Bool {
        guard let known = try? root.read(SettledGroup.path(address), limit: 65536) else { return false }
        return known == bytes(members(with: address))
    }

    /// Remembers that nothing is to be done while the facts are these.
    func remember(_ members: [Member], of address: PCIAddress) {
        try? root.makeFolder("\(StatePath.folder)/settled")
        try? root.replace(SettledGroup.path(address), bytes(members))
    }

    /// The function and the others of its group.
    func members(with address: PCIAddress) -> [Member] {
        let own = "\(address)"
        let names = (try? root.names(in: "\(SysfsPath.device(address))/iommu_group/devices")) ?? []
        return (names.isEmpty ? [own] : names).map(member)
    }

    private func member(_ address: String) -> Member {
        let device = "\(SysfsPath.devices)/\(address)"
        let driver = root.linkName("\(device)/driver")
        let facts = [
            address, (try? root.status(device)).map { "\($0.inode)" } ?? "-", driver ?? "-",
            root.linkName("\(device)/physfn") ?? "-", state("\(StatePath.journal)/\(address)"),
            state("\(StatePath.holds)/\(address)"),
        ]
        return Member(address: address, driver: driver, line: facts.joined(separator: " "))
    }

    /// A file of the state, which is replaced where it changes.
    private func state(_ path: String) -> String {
        guard let status = try? root.status(path, followingLink: false) else { return "-" }
        return "\(status.inode).\(status.modified)"
    }

    private func bytes(_ members: [Member]) -> [UInt8] {
        var text = "\(policies)\n"
        for member in members { text += member.line + "\n" }
        return Array(text.utf8)
    }
}
