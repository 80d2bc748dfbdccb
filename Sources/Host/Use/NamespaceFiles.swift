import HostFiles

/// Files that keep network namespaces without a process (ip-netns(8)): mounts of nsfs, in every mount namespace.
struct NamespaceFiles {
    /// A file of each network namespace, by the namespace's inode.
    private(set) var network: [UInt64: String] = [:]

    init(root: Root, scan: ProcessScan) {
        var tables = scan.mountTables(root)
        if tables.isEmpty {
            tables = ["self", "1"].compactMap {
                try? root.read("/proc/\($0)/mountinfo", limit: MountTable.limit)
            }
        }
        // Hosts have hundreds of mounts, and seldom one of these.
        for table in tables where NamespaceFiles.isNamed(in: table) {
            for line in table.split(separator: UInt8(ascii: "\n")) { add(String(decoding: line, as: UTF8.self)) }
        }
    }

    /// Field 4 of `/proc/PID/mountinfo` is the root of the mount, here the namespace, and field 5 its point (proc(5)).
    private mutating func add(_ line: String) {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count,
            fields[dash + 1] == "nsfs", fields[3].hasPrefix("net:["),
            let number = ProcessScan.namespace(fields[3].utf8)
        else { return }
        network[number] = MountTable.unescape(fields[4])
    }

    private static func isNamed(in bytes: [UInt8]) -> Bool {
        let name = Array(" nsfs ".utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            guard bytes.count >= name.count else { return false }
            return (0...(bytes.count - name.count)).contains { start in
                bytes[start] == name[0] && (1..<name.count).allSatisfy { bytes[start + $0] == name[$0] }
            }
        }
    }
}
