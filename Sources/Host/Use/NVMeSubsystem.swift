import HostFiles
import Passthrough

/// An NVMe subsystem: the disks of multipath sit below it, not below a controller (drivers/nvme/host/multipath.c).
struct NVMeSubsystem {
    let folder: String
    /// The block devices that stand for all paths: `nvme0n1`.
    let heads: [String]
    /// The functions through which paths lead.
    let functions: Set<PCIAddress>

    /// Every subsystem of `/sys/class/nvme-subsystem`.
    static func all(root: Root) -> [NVMeSubsystem] {
        ((try? root.names(in: "/sys/class/nvme-subsystem")) ?? []).map { subsystem in
            let folder = "/sys/class/nvme-subsystem/\(subsystem)"
            let names = (try? root.names(in: folder)) ?? []
            let heads = names.filter { root.exists("\(folder)/\($0)/size") }
            let paths = names.filter { !heads.contains($0) }.compactMap { try? root.linkText("\(folder)/\($0)") }
            return NVMeSubsystem(folder: folder, heads: heads, functions: Set(paths.flatMap(PCIAddress.all)))
        }
    }
}
