package import HostFiles
import Passthrough
import SystemPackage

/// One pass over `/proc`: distinct mount and network namespaces, and who holds device nodes.
package struct ProcessScan: Sendable {
    /// The processes of each mount namespace, by the namespace's inode.
    private var mountNamespaces: [UInt64: [Int]] = [:]
    /// The processes of each network namespace, likewise.
    private(set) var networkNamespaces: [UInt64: [Int]] = [:]
    /// Holders by the path that the descriptor names.
    private(set) var holders: [String: [HoldingProcess]] = [:]
    /// Whether each process could be looked into; never without root.
    private(set) var isComplete = true

    /// Looks at every process. Descriptors, which cost most, are only read for `openFiles`.
    package init(root: Root, openFiles: Bool) {
        guard let names = try? root.folder("/proc").names() else { return }
        let threads = ProcessScan.kernelThreads(root)
        for pid in names.compactMap({ Int($0) }).sorted() where !threads.contains(pid) {
            look(at: pid, root, openFiles)
        }
    }

    /// The kernel's threads, children of kthreadd: they have the namespaces of init and hold nothing (kernel/kthread.c).
    private static func kernelThreads(_ root: Root) -> Set<Int> {
        guard root.attribute("/proc/2/comm") == "kthreadd", let text = root.attribute("/proc/2/task/2/children") else {
            return []
        }
        return Set(text.split(separator: " ").compactMap { Int($0) })
    }

    /// The inode of a namespace, from the text of its link (`net:[4026531840]`, namespaces(7)); nil for another text.
    static func namespace(_ text: some Sequence<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var isInside = false
        for byte in text {
            if byte == UInt8(ascii: "[") {
                isInside = true
            } else if byte == UInt8(ascii: "]") {
                return isInside ? number : nil
            } else if isInside {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                number = number &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
            }
        }
        return nil
    }

    private mutating func look(at pid: Int, _ root: Root, _ openFiles: Bool) {
        do throws(Errno) {
            let mounts = try root.linkBytes("/proc/\(pid)/ns/mnt") { ProcessScan.namespace($0) }
            if let mounts { mountNamespaces[mounts, default: []].append(pid) }
            let network = try root.linkBytes("/proc/\(pid)/ns/net") { ProcessScan.namespace($0) }
            if let network { networkNamespaces[network, default: []].append(pid) }
            if openFiles { try lookAtDescriptors(of: pid, root) }
        } catch .noSuchFileOrDirectory, .noSuchProcess {
            return
        } catch {
            // EACCES is also what the links of a process say that has ended meanwhile (fs/proc/namespaces.c, proc_ns_readlink).
            if root.exists("/proc/\(pid)") { isComplete = false }
        }
    }

    /// The mounts of each mount namespace, as one of its processes has them, without those of `pid`.
    func mountTables(_ root: Root, besides pid: Int? = nil) -> [[UInt8]] {
        let others = mountNamespaces.values.filter { processes in !processes.contains { $0 == pid } }
        return others.sorted { $0[0] < $1[0] }.compactMap { processes in
            ProcessScan.first(of: processes, root) {
                try? root.read("/proc/\($0)/mountinfo", limit: MountInfo.limit)
            }
        }
    }

    /// What the first process answers, or the next where one has ended meanwhile; nil where none is left, or one that is left has no answer.
    static func first<Answer>(of processes: [Int], _ root: Root, _ ask: (Int) -> Answer?) -> Answer? {
        for pid in processes {
            if let answer = ask(pid) { return answer }
            if hasNamespaces(pid, root) { return nil }
        }
        return nil
    }

    /// Whether a process is still there. One that has ended and was not waited for yet has a folder, and no namespace any more.
    static func hasNamespaces(_ pid: Int, _ root: Root) -> Bool {
        (try? root.linkText("/proc/\(pid)/ns/net")) != nil
    }

    private mutating func lookAtDescriptors(of pid: Int, _ root: Root) throws(Errno) {
        for name in try root.folder("/proc/\(pid)/fd").names() {
            guard let target = try? root.linkText("/proc/\(pid)/fd/\(name)"), ProcessScan.isDevice(target),
                holders[target]?.last?.pid != pid
            else { continue }
            let command = root.attribute("/proc/\(pid)/comm") ?? "?"
            holders[target, default: []].append(
                HoldingProcess(pid: pid, command: command, unit: unit(of: pid, root)))
        }
    }

    /// Nodes that nearly every process has open say nothing.
    private static func isDevice(_ target: String) -> Bool {
        guard target.hasPrefix("/dev/") else { return target == deviceDescriptor }
        return target != "/dev/null" && !target.hasPrefix("/dev/pts/") && !target.hasPrefix("/dev/shm/")
    }

    /// The innermost service or scope of the process's control group (`/proc/PID/cgroup`, cgroups(7)).
    private func unit(of pid: Int, _ root: Root) -> String? {
        let lines = (root.attribute("/proc/\(pid)/cgroup") ?? "").split(separator: "\n")
        let path = lines.first { $0.hasPrefix("0::") || $0.contains(":name=systemd:") } ?? ""
        return path.split(separator: "/").last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }.map(String.init)
    }

    /// What `/proc/PID/fd` shows for a descriptor that came from `VFIO_GROUP_GET_DEVICE_FD`.
    static let deviceDescriptor = "anon_inode:[vfio-device]"
}
