import CLinux
import Glibc
import HostFiles
import Passthrough

/// Interfaces in other network namespaces, found by the device that they belong to: sysfs shows those of its own namespace alone.
struct ForeignNamespaces {
    private(set) var interfaces: [PCIAddress: [Evidence]] = [:]
    /// How many other namespaces could not be looked into; below another root none can.
    private(set) var closed = 0

    init(root: Root, processes: ProcessScan, files: NamespaceFiles) {
        let own = try? root.linkBytes("/proc/self/ns/net") { ProcessScan.namespace($0) }
        // Without a namespace of our own to be seen (a made-up root), one of those that are there is ours.
        var others = Set(processes.networkNamespaces.keys).union(files.network.keys)
        if let own = own ?? nil { others.remove(own) } else if !others.isEmpty { others.removeFirst() }
        for name in others.sorted() {
            let pids = processes.networkNamespaces[name] ?? []
            let isSeen = ProcessScan.first(of: pids, root) { look(intoThatOf: $0, root) ? true : nil } ?? false
            if isSeen { continue }
            // One whose processes have all ended meanwhile is gone, unless a file keeps it.
            let file = files.network[name]
            if let file, root.isHost, look(into: file, root, .file(file)) { continue }
            if file != nil || pids.contains(where: { ProcessScan.hasNamespaces($0, root) }) { closed += 1 }
        }
    }

    private mutating func look(intoThatOf pid: Int, _ root: Root) -> Bool {
        let command = root.attribute("/proc/\(pid)/comm") ?? "?"
        return root.isHost && look(into: "/proc/\(pid)/ns/net", root, .process(pid: pid, command: command))
    }

    private mutating func look(into path: String, _ root: Root, _ keeper: NamespaceKeeper) -> Bool {
        var room: Int32 = 256
        while true {
            var count: Int32 = 0
            let links = [linux_link](unsafeUninitializedCapacity: Int(room)) { buffer, filled in
                count = linux_links_in_namespace(path, buffer.baseAddress, room)
                filled = Int(max(0, min(count, room)))
            }
            // Before Linux 5.14 no interface names its parent: then nothing is known of any.
            guard count >= 0, count > 0 || ForeignNamespaces.namesParents else { return false }
            if count > room {
                room = count
                continue
            }
            for link in links { add(link, root, keeper) }
            return true
        }
    }

    /// Whether the kernel tells of parents: it does of the interfaces of our own namespace, if of any.
    private static var namesParents: Bool {
        var version = utsname()
        guard uname(&version) == 0 else { return false }
        let release = text(version.release).split(whereSeparator: { $0 == "." || $0 == "-" }).prefix(2)
        let numbers = release.compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 14)
    }

    /// A device of another bus (virtio) stands below the function that carries it.
    private mutating func add(_ link: linux_link, _ root: Root, _ keeper: NamespaceKeeper) {
        let name = ForeignNamespaces.text(link.name)
        let parent = ForeignNamespaces.text(link.parent)
        let bus = ForeignNamespaces.text(link.bus)
        let path = bus == "pci" ? parent : (try? root.linkText("/sys/bus/\(bus)/devices/\(parent)")) ?? ""
        for address in PCIAddress.all(in: path) {
            interfaces[address, default: []].append(.interface(name, .elsewhere(keeper)))
        }
    }

    /// The text of an array of C, up to its NUL.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
