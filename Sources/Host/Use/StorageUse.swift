import HostFiles
import Passthrough

/// Finds who uses the block devices below functions: mounts, swap, holders, and what the boot is going to mount.
struct StorageUse {
    private let root: Root
    private let devices: BlockDevices
    private let users: HostUsers

    init(root: Root, users: HostUsers) {
        self.root = root
        self.users = users
        devices = BlockDevices(root: root)
    }

    /// The answer of the guard `storage`; nil where no block device is below the function.
    func finding(for function: PCIFunction) -> UseFinding? {
        let names = devices.disks(of: function.address)
        let missing = function.classCode.base == 0x01 && function.driver?.isVFIO != true ? bootNames.missing : []
        guard !names.isEmpty || !missing.isEmpty else { return nil }
        var search = Search()
        for name in names.sorted() { look(at: name, &search) }
        if !search.evidence.isEmpty {
            return UseFinding(
                .busy, search.evidence, isOverridable: !search.evidence.contains(where: \.isSystem))
        }
        if !missing.isEmpty { return UseFinding(.unknown, missing) }
        return users.processes.isComplete ? UseFinding(.free) : UseFinding(.unknown, [.needsRoot])
    }

    private var bootNames: BootNames { users.bootNames(devices) }

    private struct Search {
        var evidence: [Evidence] = []
        var seen: Set<String> = []
    }

    private func look(at name: String, _ search: inout Search) {
        guard search.seen.insert(name).inserted else { return }
        let before = search.evidence.count
        search.evidence += uses(of: name).map { .disk(name, $0) }
        let properties = devices.properties(of: name)
        let signature = properties?["ID_FS_TYPE"] ?? ""
        var groups: [String: [String]] = [:]
        for holder in devices.holders(of: name) {
            if let group = devices.volumeGroup(of: holder, onMember: signature == "LVM2_member") {
                groups[group, default: []].append(holder)
            } else {
                search.evidence.append(.disk(name, devices.use(by: holder)))
                look(at: holder, &search)
            }
        }
        for (group, volumes) in groups.sorted(by: { $0.key < $1.key }) {
            let uses = volumes.flatMap { deepUses(of: $0, &search.seen) }
            search.evidence.append(.disk(name, .volumeGroup(group, uses)))
        }
        for loop in devices.loops(on: mountPoints(of: name), place: users.mounts.place) {
            search.evidence.append(.disk(name, .loopFile(loop.file, loop: loop.name)))
            look(at: loop.name, &search)
        }
        for partition in devices.partitions(of: name) { look(at: partition, &search) }
        // A signature alone tells of a user only where nothing of the kernel does.
        guard search.evidence.count == before, let properties, let use = member(signature, properties) else { return }
        search.evidence.append(.disk(name, use))
    }

    /// What a device is used for at any depth; itself where that is in use by nobody who has a name.
    private func deepUses(of name: String, _ seen: inout Set<String>) -> [DiskUse] {
        guard seen.insert(name).inserted else { return [] }
        var found = uses(of: name)
        for upper in devices.holders(of: name) + devices.partitions(of: name) { found += deepUses(of: upper, &seen) }
        for loop in devices.loops(on: mountPoints(of: name), place: users.mounts.place) {
            found += deepUses(of: loop.name, &seen)
        }
        return found.isEmpty ? [devices.use(by: name)] : found
    }

    private func mountPoints(of name: String) -> Set<MountPoint> {
        users.mounts.points(of: name, number: devices.number(of: name), mapped: devices.mappedName(of: name))
    }

    /// The uses that a device has by itself.
    private func uses(of name: String) -> [DiskUse] {
        let points = mountPoints(of: name)
        var uses = points.sorted().map { DiskUse.mounted($0) }
        if points.isEmpty, !devices.companions(of: name).isEmpty {
            let others = devices.companions(of: name).reduce(into: Set()) { $0.formUnion(mountPoints(of: $1)) }
            uses.append(.btrfs(points: others.sorted()))
        }
        if users.mounts.isSwap(name) { uses.append(.swap) }
        uses += users.mounts.dependents(on: points)
        for reference in bootNames.uses(of: name) {
            if case .fileSystem(let path) = reference, points.contains(MountPoint(path)) { continue }
            uses.append(.named(reference))
        }
        return uses
    }

    /// What a signature says of a device that nothing of the kernel is seen to hold: ZFS shows no holders, and the volumes of LVM or the
    /// array of md may only not be started. A file system that is not mounted, or a table of partitions, says nothing of a user.
    private func member(_ signature: String, _ properties: [String: String]) -> DiskUse? {
        let label = properties["ID_FS_LABEL"]
        switch signature {
        case "zfs_member": return .pool(label, points: label.map { users.mounts.points(ofPool: $0).sorted() } ?? [])
        case "LVM2_member", "LVM1_member": return .inactive(.physicalVolume)
        case "linux_raid_member": return .inactive(.array(label: label))
        case "bcache": return .inactive(.bcache)
        default: return signature.hasSuffix("_member") ? .inactive(.other(signature)) : nil
        }
    }
}
