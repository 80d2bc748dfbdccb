import HostFiles
import Passthrough
import SystemPackage

/// Finds block devices below functions and who uses them: mounts, swap, holders.
struct StorageUse {
    private let root: Root
    /// Block devices by the function that they sit below.
    private var disks: [PCIAddress: Set<String>] = [:]
    private let users: HostUsers

    init(root: Root, users: HostUsers) {
        self.root = root
        self.users = users
        for name in (try? root.names(in: "/sys/class/block")) ?? [] {
            guard let text = try? root.linkText("/sys/class/block/\(name)") else { continue }
            add(name, below: text)
        }
        addMultipathHeads()
    }

    private mutating func add(_ name: String, below path: String) {
        for address in path.split(separator: "/").compactMap({ PCIAddress($0) }) {
            disks[address, default: []].insert(name)
        }
    }

    /// Heads of NVMe multipath sit below their subsystem, not below a controller (kernel-facts section 9).
    private mutating func addMultipathHeads() {
        for subsystem in (try? root.names(in: "/sys/class/nvme-subsystem")) ?? [] {
            let folder = "/sys/class/nvme-subsystem/\(subsystem)"
            let names = (try? root.names(in: folder)) ?? []
            let heads = names.filter { root.exists("\(folder)/\($0)/size") }
            for controller in names where !heads.contains(controller) {
                guard let path = try? root.linkText("\(folder)/\(controller)") else { continue }
                for head in heads { add(head, below: path) }
            }
        }
    }

    /// The answer of the guard `storage`; nil where no block device is below the function.
    func finding(for function: PCIFunction) -> UseFinding? {
        let names = (disks[function.address] ?? []).union(ownDisks(function.address))
        guard !names.isEmpty else { return nil }
        var evidence: [String] = []
        var isSystem = false
        var seen: Set<String> = []
        for name in names.sorted() { look(at: name, &evidence, &isSystem, &seen) }
        if !evidence.isEmpty { return UseFinding(.busy, evidence, isOverridable: !isSystem) }
        return users.processes.isComplete ? UseFinding(.free) : UseFinding(.unknown, ["needs root"])
    }

    /// Disks that stand right below the function, for trees without `/sys/class/block`.
    private func ownDisks(_ address: PCIAddress) -> Set<String> {
        let device = SysfsPath.device(address)
        var disks = Set((try? root.names(in: "\(device)/block")) ?? [])
        for controller in (try? root.names(in: "\(device)/nvme")) ?? [] {
            let names = (try? root.names(in: "\(device)/nvme/\(controller)")) ?? []
            disks.formUnion(names.filter { $0.hasPrefix("nvme") && $0.dropFirst(4).contains("n") })
        }
        return disks
    }

    private func look(at name: String, _ evidence: inout [String], _ isSystem: inout Bool, _ seen: inout Set<String>) {
        guard seen.insert(name).inserted else { return }
        for use in users.mounts.uses(of: name, root: root) {
            evidence.append(use.text)
            isSystem = isSystem || use.isSystem
        }
        let folder = "/sys/class/block/\(name)"
        for holder in (try? root.names(in: "\(folder)/holders")) ?? [] {
            evidence.append("\(name) is held by \(StorageUse.title(of: holder, root))")
            look(at: holder, &evidence, &isSystem, &seen)
        }
        for partition in (try? root.names(in: folder)) ?? [] where root.exists("\(folder)/\(partition)/partition") {
            look(at: partition, &evidence, &isSystem, &seen)
        }
    }

    private static func title(of holder: String, _ root: Root) -> String {
        root.attribute("/sys/class/block/\(holder)/dm/name").map { "\(holder) (\($0))" } ?? holder
    }
}
