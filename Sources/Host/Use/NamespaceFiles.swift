import HostFiles

/// Files that keep network namespaces without a process (ip-netns(8)): mounts of nsfs, in every mount namespace.
struct NamespaceFiles {
    /// A file of each network namespace, by the namespace's inode.
    private(set) var network: [UInt64: String] = [:]

    init(root: Root, scan: ProcessScan) {
        var tables = scan.mountTables(root)
        if tables.isEmpty {
            tables = ["self", "1"].compactMap {
                try? root.read("/proc/\($0)/mountinfo", limit: MountInfo.limit)
            }
        }
        // Hosts have hundreds of mounts, and seldom one of these.
        for table in tables where NamespaceFiles.isNamed(in: table) {
            for line in table.split(separator: UInt8(ascii: "\n")) { add(String(decoding: line, as: UTF8.self)) }
        }
    }

    /// The root of such a mount is the namespace.
    private mutating func add(_ line: String) {
        guard let mount = MountInfo(line), mount.type == "nsfs", mount.root.hasPrefix("net:["),
            let number = ProcessScan.namespace(mount.root.utf8)
        else { return }
        network[number] = mount.point
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
