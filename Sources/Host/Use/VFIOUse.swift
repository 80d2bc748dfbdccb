import HostFiles
import Passthrough

/// Tells whether a guest or another process uses a function that VFIO drives.
struct VFIOUse {
    let root: Root
    let users: HostUsers

    /// The answer of the guard `in-use`.
    ///
    /// A process with the node of the group or of the device is busy. `enable` counts the users of the device itself
    /// (`vfio_pci_core_enable`, drivers/vfio/pci/vfio_pci_core.c); a driver before may have left it above 0, so alone it is unknown.
    func finding(for function: PCIFunction) -> UseFinding {
        var evidence = VFIONodeReader(root: root).candidates(of: function).flatMap { node in
            (users.processes.holders[node] ?? []).map { Evidence.open(node: node, $0) }
        }
        let count = root.attribute("\(SysfsPath.device(function.address))/enable").flatMap { Int($0) } ?? 0
        if evidence.isEmpty, count > 0 {
            evidence = (users.processes.holders[ProcessScan.deviceDescriptor] ?? []).map { .enabled(by: $0) }
        }
        if !evidence.isEmpty { return UseFinding(.busy, evidence, isOverridable: false) }
        if count > 0 { return UseFinding(.unknown, [.enabledByNobody(count: count)]) }
        return users.processes.isComplete ? UseFinding(.free) : UseFinding(.unknown, [.needsRoot])
    }
}
