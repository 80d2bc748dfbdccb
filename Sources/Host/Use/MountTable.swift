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

    init(root: Root, scan: ProcessScan) {
        self.root = root
        for file in ["/proc/self/mountinfo", "/proc/1/mountinfo"] {
            addMounts((try? root.read(file, limit: MountInfo.limit)) ?? [], isOwn: true)
        }
        for table in scan.mountTables(root, besides: 1) { addMounts(table, isOwn: false) }
        if pointsByNumber.isEmpty { addPlainMounts(root.attribute("/proc/mounts")) }
        for line in (root.attribute("/proc/swaps") ?? "").split(separator: "\n").dropFirst() {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count > 1 else { continue }
            let path = MountInfo.unescape(fields[0])
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

    private mutating func addMount(_ line: String, _ isOwn: Bool) {
        guard let mount = MountInfo(line) else { return }
        let (number, path, source) = (mount.number, mount.point, mount.source)
        let point = MountPoint(path, isOwn: isOwn)
        if isOwn { places.insert(path) }
        pointsByNumber[number, default: []].insert(point)
        switch mount.type {
        case "zfs":
            pointsByPool[String(source.prefix { $0 != "/" }), default: []].insert(point)
        case "overlay":
            if isOwn { overlays.append(Overlay(point: point, layers: MountTable.layers(mount.options))) }
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
            pointsBySource[MountInfo.unescape(fields[0]), default: []].insert(
                MountPoint(MountInfo.unescape(fields[1])))
        }
    }

    /// `lowerdir=`, `upperdir=` and `workdir=` of the kernel's Documentation/filesystems/overlayfs.rst; layers are separated by colons.
    private static func layers(_ options: String) -> [String] {
        options.split(separator: ",").flatMap { option -> [String] in
            guard let equals = option.firstIndex(of: "="),
                ["lowerdir", "upperdir", "workdir"].contains(String(option[..<equals]))
            else { return [] }
            return option[option.index(after: equals)...].split(separator: ":").map { MountInfo.unescape($0) }
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
}
