import HostFiles
import SystemPackage

/// What is mounted, in every mount namespace that can be seen, and what is swap.
struct MountTable {
    private var mountsByNumber: [String: Set<String>] = [:]
    private var mountsBySource: [String: Set<String>] = [:]
    private var swapNames: Set<String> = []

    struct Use {
        let text: String
        /// Whether it is the disk of `/`, `/boot` or `/usr`.
        let isSystem: Bool
    }

    private static let limit = 64 << 20
    private static let systemPoints: Set<String> = ["/", "/boot", "/boot/efi", "/usr"]

    init(root: Root, scan: ProcessScan) {
        var files = scan.mountNamespaces.values.sorted().map { "/proc/\($0)/mountinfo" }
        if files.isEmpty { files = ["/proc/self/mountinfo", "/proc/1/mountinfo"] }
        for file in Set(files + ["/proc/self/mountinfo"]) {
            guard let bytes = try? root.read(file, limit: MountTable.limit) else { continue }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") { addMount(line) }
        }
        if mountsByNumber.isEmpty { addMounts(root.attribute("/proc/mounts")) }
        for line in (root.attribute("/proc/swaps") ?? "").split(separator: "\n").dropFirst() {
            guard let path = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first else { continue }
            swapNames.insert(MountTable.deviceName(MountTable.unescape(path), root) ?? String(path))
        }
    }

    /// A line of `/proc/PID/mountinfo` (proc(5)): number of the device in field 3, mount point in field 5, source after ` - type`.
    private mutating func addMount(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 2 < fields.count else { return }
        let point = MountTable.unescape(fields[4])
        mountsByNumber[String(fields[2]), default: []].insert(point)
        let source = MountTable.unescape(fields[dash + 2])
        if source.hasPrefix("/dev/") { mountsBySource[source, default: []].insert(point) }
    }

    /// A table in the form of fstab(5), for trees that have no more than `/proc/mounts`.
    private mutating func addMounts(_ text: String?) {
        for line in (text ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[0].hasPrefix("/dev/") else { continue }
            mountsBySource[MountTable.unescape(fields[0]), default: []].insert(MountTable.unescape(fields[1]))
        }
    }

    /// The uses of one block device, mount points in order.
    func uses(of name: String, root: Root) -> [Use] {
        var points = mountsBySource["/dev/\(name)"] ?? []
        if let number = root.attribute("/sys/class/block/\(name)/dev") {
            points.formUnion(mountsByNumber[number] ?? [])
        }
        if let mapped = root.attribute("/sys/class/block/\(name)/dm/name") {
            points.formUnion(mountsBySource["/dev/mapper/\(mapped)"] ?? [])
        }
        var uses = points.sorted().map {
            Use(text: "\(name) is mounted on \($0)", isSystem: MountTable.systemPoints.contains($0))
        }
        if swapNames.contains(name) { uses.append(Use(text: "\(name) is swap", isSystem: false)) }
        return uses
    }

    /// The kernel's name of a block device's node, through links such as `/dev/mapper/x`.
    private static func deviceName(_ path: String, _ root: Root) -> String? {
        guard let status = try? root.status(path), status.isBlockDevice else {
            return path.hasPrefix("/dev/") ? String(path.dropFirst(5)) : nil
        }
        let number = "\(status.node >> 8 & 0xfff):\(status.node & 0xff | status.node >> 12 & 0xfff00)"
        guard let text = try? root.linkText("/sys/dev/block/\(number)") else { return String(path.dropFirst(5)) }
        return text.split(separator: "/").last.map(String.init)
    }

    /// Octal escapes of proc(5): `\\040` is a blank.
    private static func unescape(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
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
