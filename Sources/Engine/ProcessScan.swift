package import HostFiles
import Passthrough
import SystemPackage

/// One pass over `/proc`: distinct mount and network namespaces, and who holds nodes of VFIO.
package struct ProcessScan: Sendable {
    /// A process of each mount namespace.
    private(set) var mountNamespaces: [String: Int] = [:]
    private(set) var networkNamespaces: Set<String> = []
    /// Holders by the path that the descriptor names.
    private(set) var holders: [String: [Holder]] = [:]
    /// Whether each process could be looked into; never without root.
    private(set) var isComplete = true

    struct Holder: Sendable {
        let pid: Int
        let command: String
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
            networkNamespaces.insert(try root.linkText("/proc/\(pid)/ns/net"))
            if openFiles { try lookAtDescriptors(of: pid, root) }
        } catch .noSuchFileOrDirectory, .noSuchProcess {
            return
        } catch {
            isComplete = false
        }
    }

    private mutating func lookAtDescriptors(of pid: Int, _ root: Root) throws(Errno) {
        for name in try root.folder("/proc/\(pid)/fd").names() {
            guard let target = try? root.linkText("/proc/\(pid)/fd/\(name)"),
                target.hasPrefix("/dev/vfio/") || target == ProcessScan.deviceDescriptor
            else { continue }
            let command = root.attribute("/proc/\(pid)/comm") ?? "?"
            if holders[target]?.last?.pid != pid {
                holders[target, default: []].append(Holder(pid: pid, command: command))
            }
        }
    }

    /// What `/proc/PID/fd` shows for a descriptor that came from `VFIO_GROUP_GET_DEVICE_FD`.
    static let deviceDescriptor = "anon_inode:[vfio-device]"
}
