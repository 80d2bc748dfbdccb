import HostFiles
import Passthrough
import SystemPackage

/// What is mounted, in every mount namespace that can be seen, and what is swap.
struct MountTable {
    private let root: Root
    private var pointsByNumber: [String: Set<MountPoint>] = [:]
    private var pointsBySource: [String: Set<MountPoint>] = [:]
    /// Mount points of ZFS by pool.
    private var pointsByPool: [String: Set<MountPoint>] = [:]
    private var overlays: [Overlay] = []
    /// Mount points of our own namespace and of that of the system.
    private var places: Set<String> = []
    private var swapNames: Set<String> = []
    private var swapFiles: [String] = []

    private struct Overlay {
        let point: MountPoint
        let layers: [String]
    }

    /// Bytes of a `/proc/PID/mountinfo`.
    static let limit = 64 << 20

    init(root: Root, scan: ProcessScan) {
        self.root = root
        for file in ["/proc/self/mountinfo", "/proc/1/mountinfo"] {
            addMounts((try? root.read(file, limit: MountTable.limit)) ?? [], isOwn: true)
        }
        for table in scan.mountTables(root, besides: 1) { addMounts(table, isOwn: false) }
        if pointsByNumber.isEmpty { addPlainMounts(root.attribute("/proc/mounts")) }
        for line in (root.attribute("/proc/swaps") ?? "").split(separator: "\n").dropFirst() {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count > 1 else { continue }
            let path = MountTable.unescape(fields[0])
            if fields[1] == "file" {
                swapFiles.append(path)
            } else {
                swapNames.insert(BlockDevices.name(of: path, root) ?? path)
            }
        }
    }

    private mutating func addMounts(_ table: [UInt8], isOwn: Bool) {
        for line in table.split(separator: UInt8(ascii: "\n")) {
            addMount(String(decoding: line, as: UTF8.self), isOwn)
        }
    }

    /// A line of `/proc/PID/mountinfo` (proc(5)): number of the device in field 3, root in 4, mount point in 5, and after ` - ` the type,
    /// the source and the options of the file system.
    private mutating func addMount(_ line: String, _ isOwn: Bool) {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 2 < fields.count else { return }
        let number = String(fields[2])
        let path = MountTable.unescape(fields[4])
        let point = MountPoint(path, isOwn: isOwn)
        let type = fields[dash + 1]
        let source = MountTable.unescape(fields[dash + 2])
        if isOwn { places.insert(path) }
        pointsByNumber[number, default: []].insert(point)
        switch type {
        case "zfs":
            pointsByPool[String(source.prefix { $0 != "/" }), default: []].insert(point)
        case "overlay":
            let options = fields[(dash + 3)...].joined(separator: " ")
            if isOwn { overlays.append(Overlay(point: point, layers: MountTable.layers(options))) }
        default:
            // Several disks of one file system (bcachefs) are named with a colon between them.
            for part in source.split(separator: ":") where part.hasPrefix("/dev/") {
                pointsBySource[String(part), default: []].insert(point)
                guard number.hasPrefix("0:"), let name = BlockDevices.name(of: String(part), root) else { continue }
                pointsBySource["/dev/\(name)", default: []].insert(point)
            }
        }
    }

    /// A table in the form of fstab(5), for trees that have no more than `/proc/mounts`.
    private mutating func addPlainMounts(_ text: String?) {
        for line in (text ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[0].hasPrefix("/dev/") else { continue }
            pointsBySource[MountTable.unescape(fields[0]), default: []].insert(
                MountPoint(MountTable.unescape(fields[1])))
        }
    }

    /// `lowerdir=`, `upperdir=` and `workdir=` of the kernel's Documentation/filesystems/overlayfs.rst; layers are separated by colons.
    private static func layers(_ options: String) -> [String] {
        options.split(separator: ",").flatMap { option -> [String] in
            guard let equals = option.firstIndex(of: "="),
                ["lowerdir", "upperdir", "workdir"].contains(String(option[..<equals]))
            else { return [] }
            return option[option.index(after: equals)...].split(separator: ":").map { unescape($0) }
        }
    }

    // MARK: Questions

    /// Where a block device is mounted, under any of its names.
    func points(of name: String, number: String?, mapped: String?) -> Set<MountPoint> {
        var points = pointsBySource["/dev/\(name)"] ?? []
        if let number { points.formUnion(pointsByNumber[number] ?? []) }
        if let mapped { points.formUnion(pointsBySource["/dev/mapper/\(mapped)"] ?? []) }
        return points
    }

    func points(ofPool pool: String) -> Set<MountPoint> { pointsByPool[pool] ?? [] }

    func isSwap(_ name: String) -> Bool { swapNames.contains(name) }

    /// Overlays and swap files that stand on a device which is mounted on these points.
    func dependents(on points: Set<MountPoint>) -> [DiskUse] {
        guard !points.isEmpty, !overlays.isEmpty || !swapFiles.isEmpty else { return [] }
        var uses = swapFiles.filter { place(of: $0).map(points.contains) ?? false }.map { DiskUse.swapFile($0) }
        for overlay in overlays where overlay.layers.contains(where: { place(of: $0).map(points.contains) ?? false }) {
            // Containers have overlays by the hundred, all on what is mounted anyway.
            guard overlay.point.isSystem || uses.count < 4 else { continue }
            uses.append(.overlay(overlay.point))
        }
        return uses
    }

    /// The mount point below which a file is: the longest one that is a prefix.
    func place(of path: String) -> MountPoint? {
        var path = path[...]
        while !path.isEmpty {
            if places.contains(String(path)) { return MountPoint(String(path)) }
            guard let slash = path.lastIndex(of: "/") else { return nil }
            path = slash == path.startIndex && path.count > 1 ? "/" : path[..<slash]
        }
        return nil
    }

    /// Octal escapes of proc(5): `\\040` is a blank.
    static func unescape(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
