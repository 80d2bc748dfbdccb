import HostFiles
import Passthrough
import SystemPackage

/// Block devices as sysfs shows them: below which functions they sit, and what is built upon them.
struct BlockDevices {
    private let root: Root
    let names: [String]
    private var disks: [PCIAddress: Set<String>] = [:]
    /// Loop devices by the block device or file that is behind them.
    private var loops: [String: [String]] = [:]
    /// Disks of one btrfs file system that is mounted, by each of them.
    private var companions: [String: [String]] = [:]

    init(root: Root) {
        self.root = root
        names = (try? root.names(in: "/sys/class/block")) ?? []
        for name in names {
            if name.hasPrefix("loop"), let file = root.attribute("\(BlockDevices.folder(name))/loop/backing_file") {
                loops[BlockDevices.name(of: file, root) ?? file, default: []].append(name)
            }
            if let path = try? root.linkText(BlockDevices.folder(name)) { add(name, below: path) }
        }
        addMultipathHeads()
        addFileSystems()
    }

    static func folder(_ name: String) -> String { "/sys/class/block/\(name)" }

    private mutating func add(_ name: String, below path: String) {
        for address in PCIAddress.all(in: path) { disks[address, default: []].insert(name) }
    }

    private mutating func addMultipathHeads() {
        for subsystem in NVMeSubsystem.all(root: root) {
            for address in subsystem.functions { disks[address, default: []].formUnion(subsystem.heads) }
        }
    }

    /// `/sys/fs/btrfs/UUID/devices` lists the disks of a file system while it is mounted (fs/btrfs/sysfs.c).
    private mutating func addFileSystems() {
        for system in (try? root.names(in: "/sys/fs/btrfs")) ?? [] {
            guard let members = try? root.names(in: "/sys/fs/btrfs/\(system)/devices") else { continue }
            for member in members { companions[member] = members }
        }
    }

    /// The block devices below a function; those that stand right below it too, for trees without `/sys/class/block`.
    func disks(of address: PCIAddress) -> Set<String> {
        var disks = disks[address] ?? []
        let device = SysfsPath.device(address)
        disks.formUnion((try? root.names(in: "\(device)/block")) ?? [])
        for controller in (try? root.names(in: "\(device)/nvme")) ?? [] {
            let names = (try? root.names(in: "\(device)/nvme/\(controller)")) ?? []
            disks.formUnion(names.filter { $0.hasPrefix("nvme") && $0.dropFirst(4).contains("n") })
        }
        return disks
    }

    // MARK: One device

    func number(of name: String) -> String? { root.attribute("\(BlockDevices.folder(name))/dev") }
    func mappedName(of name: String) -> String? { root.attribute("\(BlockDevices.folder(name))/dm/name") }

    func partitions(of name: String) -> [String] {
        let folder = BlockDevices.folder(name)
        return ((try? root.names(in: folder)) ?? []).filter { root.exists("\(folder)/\($0)/partition") }
    }

    /// What is built upon a device and keeps it: dm, md, bcache, drbd by their `holders`, and loop devices.
    func holders(of name: String) -> [String] {
        ((try? root.names(in: "\(BlockDevices.folder(name))/holders")) ?? []) + (loops[name] ?? [])
    }

    /// Loop devices whose file stands on one of these mount points.
    func loops(on points: Set<MountPoint>, place: (String) -> MountPoint?) -> [(name: String, file: String)] {
        guard !points.isEmpty else { return [] }
        return loops.sorted { $0.key < $1.key }.flatMap { file, names -> [(String, String)] in
            guard file.hasPrefix("/"), place(file).map(points.contains) ?? false else { return [] }
            return names.map { ($0, file) }
        }
    }

    func companions(of name: String) -> [String] { companions[name] ?? [] }

    /// The volume group of a logical volume; nil for every other device (`LVM-` begins the dm uuid, and dm names double each `-`).
    func volumeGroup(of name: String, onMember isMember: Bool) -> String? {
        let uuid = root.attribute("\(BlockDevices.folder(name))/dm/uuid")
        guard uuid?.hasPrefix("LVM-") ?? isMember, let mapped = mappedName(of: name) else { return nil }
        var group = ""
        var rest = Substring(mapped)
        while let character = rest.popFirst() {
            if character == "-" {
                guard rest.first == "-" else { break }
                rest.removeFirst()
            }
            group.append(character)
        }
        return group
    }

    /// How another block device uses a device.
    func use(by holder: String) -> DiskUse {
        let folder = BlockDevices.folder(holder)
        if let level = root.attribute("\(folder)/md/level") { return .array(holder, level: level) }
        if root.exists("\(folder)/bcache") { return .bcache(holder) }
        if let file = root.attribute("\(folder)/loop/backing_file") { return .loop(holder, file: file) }
        guard let mapped = mappedName(of: holder) else { return .held(by: holder, mapped: nil) }
        let uuid = root.attribute("\(folder)/dm/uuid") ?? ""
        return uuid.hasPrefix("CRYPT-") ? .encrypted(holder, mapped: mapped) : .held(by: holder, mapped: mapped)
    }

    /// What udev found on a device (its database, `/run/udev/data/bMAJOR:MINOR`); nil where udev has not looked yet.
    func properties(of name: String) -> [String: String]? {
        guard let number = number(of: name),
            let bytes = try? root.read("/run/udev/data/b\(number)", limit: Folder.attributeLimit)
        else { return nil }
        var properties: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("E:") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            properties[String(line[line.index(line.startIndex, offsetBy: 2)..<equals])] =
                String(line[line.index(after: equals)...])
        }
        return properties
    }

    /// The kernel's name of a block device's node, through links such as `/dev/mapper/x`; nil for what is no path of one.
    static func name(of path: String, _ root: Root) -> String? {
        guard path.hasPrefix("/dev/") else { return nil }
        guard let status = try? root.status(path), status.isBlockDevice else {
            let name = String(path.dropFirst(5))
            if root.exists(folder(name)) { return name }
            if let last = root.linkName(path) { return last }
            let mapped = name.hasPrefix("mapper/") ? String(name.dropFirst(7)) : nil
            let all = (try? root.names(in: "/sys/class/block")) ?? []
            return all.first { mapped != nil && root.attribute("\(folder($0))/dm/name") == mapped }
        }
        let number = "\(status.node >> 8 & 0xfff):\(status.node & 0xff | status.node >> 12 & 0xfff00)"
        return root.linkName("/sys/dev/block/\(number)") ?? String(path.dropFirst(5))
    }
}

extension PCIAddress {
    /// The functions that a path of sysfs leads through.
    static func all(in path: String) -> [PCIAddress] {
        path.utf8.split(separator: UInt8(ascii: "/")).compactMap { PCIAddress(Substring($0)) }
    }
}
