package import HostFiles
import Passthrough
import SystemPackage

/// One pass over `/proc`: distinct mount and network namespaces, and who holds device nodes.
package struct ProcessScan: Sendable {
    /// A process of each mount namespace.
    private(set) var mountNamespaces: [String: Int] = [:]
    /// A process of each network namespace.
    private(set) var networkNamespaces: [String: Int] = [:]
    /// Holders by the path that the descriptor names.
    private(set) var holders: [String: [Holder]] = [:]
    /// Whether each process could be looked into; never without root.
    private(set) var isComplete = true

    struct Holder: Sendable {
        let pid: Int
        let command: String
        /// The unit of systemd, or the scope, that it belongs to.
        let unit: String?

        /// `nvidia-persistenced (pid 812, nvidia-persistenced.service)`.
        var title: String { "\(command) (pid \(pid)\(unit.map { ", \($0)" } ?? ""))" }
    }

    /// Looks at every process. Descriptors, which cost most, are only read for `openFiles`.
    package init(root: Root, openFiles: Bool) {
        guard let names = try? root.folder("/proc").names() else { return }
        for pid in names.compactMap({ Int($0) }).sorted() {
            look(at: pid, root, openFiles)
        }
    }

    private mutating func look(at pid: Int, _ root: Root, _ openFiles: Bool) {
        do throws(Errno) {
            let mounts = try root.linkText("/proc/\(pid)/ns/mnt")
            if mountNamespaces[mounts] == nil { mountNamespaces[mounts] = pid }
            let network = try root.linkText("/proc/\(pid)/ns/net")
            if networkNamespaces[network] == nil { networkNamespaces[network] = pid }
            if openFiles { try lookAtDescriptors(of: pid, root) }
        } catch .noSuchFileOrDirectory, .noSuchProcess {
            return
        } catch {
            isComplete = false
        }
    }

    private mutating func lookAtDescriptors(of pid: Int, _ root: Root) throws(Errno) {
        for name in try root.folder("/proc/\(pid)/fd").names() {
            guard let target = try? root.linkText("/proc/\(pid)/fd/\(name)"), ProcessScan.isDevice(target),
                holders[target]?.last?.pid != pid
            else { continue }
            let command = root.attribute("/proc/\(pid)/comm") ?? "?"
            holders[target, default: []].append(Holder(pid: pid, command: command, unit: unit(of: pid, root)))
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
