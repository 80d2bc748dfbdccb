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
            return UseFinding(.busy, search.evidence, isOverridable: !search.isSystem)
        }
        if !missing.isEmpty { return UseFinding(.unknown, missing) }
        return users.processes.isComplete ? UseFinding(.free) : UseFinding(.unknown, ["needs root"])
    }

    private var bootNames: BootNames { users.bootNames(devices) }

    private struct Search {
        var evidence: [String] = []
        var isSystem = false
        var seen: Set<String> = []

        mutating func add(_ sentence: String, isSystem: Bool = false) {
            evidence.append(sentence)
            self.isSystem = self.isSystem || isSystem
        }
    }

    private func look(at name: String, _ search: inout Search) {
        guard search.seen.insert(name).inserted else { return }
        let before = search.evidence.count
        for use in uses(of: name) { search.add("\(name) is \(use.phrase)", isSystem: use.isSystem) }
        let properties = devices.properties(of: name)
        let signature = properties?["ID_FS_TYPE"] ?? ""
        var groups: [String: [String]] = [:]
        for holder in devices.holders(of: name) {
            if let group = devices.volumeGroup(of: holder, onMember: signature == "LVM2_member") {
                groups[group, default: []].append(holder)
            } else {
                search.add("\(name) is \(devices.relation(of: holder))")
                look(at: holder, &search)
            }
        }
        for (group, volumes) in groups.sorted(by: { $0.key < $1.key }) {
            let uses = volumes.flatMap { deepUses(of: $0, &search.seen) }
            let text = uses.map(\.phrase).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            search.add(
                "\(name) is a physical volume of \(group), \(text.joined(separator: ", "))",
                isSystem: uses.contains { $0.isSystem })
        }
        let points = mountPoints(of: name)
        for loop in devices.loops(on: points, users.mounts) {
            search.add("\(name) holds \(loop.file), which is behind \(loop.name)")
            look(at: loop.name, &search)
        }
        for partition in devices.partitions(of: name) { look(at: partition, &search) }
        // A signature alone tells of a user only where nothing of the kernel does.
        guard search.evidence.count == before, let properties, let claim = claim(signature, properties) else { return }
        search.add("\(name) is \(claim.phrase)", isSystem: claim.isSystem)
    }

    /// What lies on a device at any depth; "held by …" where that is in use by nobody who has a name.
    private func deepUses(of name: String, _ seen: inout Set<String>) -> [MountTable.Use] {
        guard seen.insert(name).inserted else { return [] }
        var found = uses(of: name)
        for upper in devices.holders(of: name) + devices.partitions(of: name) { found += deepUses(of: upper, &seen) }
        for loop in devices.loops(on: mountPoints(of: name), users.mounts) {
            found += deepUses(of: loop.name, &seen)
        }
        return found.isEmpty ? [MountTable.Use(phrase: devices.relation(of: name))] : found
    }

    private func mountPoints(of name: String) -> Set<String> {
        users.mounts.points(of: name, number: devices.number(of: name), mapped: devices.mappedName(of: name))
    }

    /// The uses that a device has by itself.
    private func uses(of name: String) -> [MountTable.Use] {
        let points = mountPoints(of: name)
        var uses = points.sorted().map {
            MountTable.Use(phrase: "mounted on \($0)", isSystem: MountTable.isSystem($0))
        }
        if points.isEmpty, !devices.companions(of: name).isEmpty {
            let others = devices.companions(of: name).reduce(into: Set<String>()) { $0.formUnion(mountPoints(of: $1)) }
            let place = others.isEmpty ? "" : " on \(others.sorted().joined(separator: ", "))"
            uses.append(
                MountTable.Use(
                    phrase: "a disk of a btrfs file system that is mounted\(place)",
                    isSystem: others.contains(where: MountTable.isSystem)))
        }
        if users.mounts.isSwap(name) { uses.append(MountTable.Use(phrase: "swap")) }
        uses += users.mounts.dependents(on: points)
        return uses + bootNames.uses(of: name).filter { use in !points.contains { use.phrase.hasSuffix(" for \($0)") } }
    }

    /// What a signature says of a device that nothing of the kernel is seen to hold: ZFS shows no holders, and the volumes of LVM or the
    /// array of md may only not be started. A file system that is not mounted, or a table of partitions, claims nothing.
    private func claim(_ signature: String, _ properties: [String: String]) -> MountTable.Use? {
        let label = properties["ID_FS_LABEL"].map { " \($0)" } ?? ""
        switch signature {
        case "zfs_member":
            let points = label.isEmpty ? [] : users.mounts.points(ofPool: String(label.dropFirst()))
            let place = points.isEmpty ? "" : ", mounted on \(points.sorted().joined(separator: ", "))"
            return MountTable.Use(
                phrase: "a member of the ZFS pool\(label)\(place)",
                isSystem: points.contains(where: MountTable.isSystem))
        case "LVM2_member", "LVM1_member":
            return MountTable.Use(phrase: "a physical volume of LVM, of which no volume is active")
        case "linux_raid_member": return MountTable.Use(phrase: "a member of the array\(label), which is not started")
        case "bcache": return MountTable.Use(phrase: "a disk of bcache")
        case _ where signature.hasSuffix("_member"): return MountTable.Use(phrase: "marked as \(signature)")
        default: return nil
        }
    }
}
