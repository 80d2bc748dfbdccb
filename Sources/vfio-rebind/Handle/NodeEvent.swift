import Glibc
import HostFiles
import Passthrough

/// An event of udev about a node of VFIO: of a group, `/dev/vfio/7`, or of a function, `/dev/vfio/devices/vfio0`.
struct NodeEvent {
    private let path: [Substring]
    private let isGroup: Bool

    /// From udev's environment; nil for every other event. Nothing of it is used but a number or an address.
    init?() {
        guard let subsystem = getenv("SUBSYSTEM").map({ String(cString: $0) }), let path = getenv("DEVPATH"),
            subsystem == "vfio" || subsystem == "vfio-dev"
        else { return nil }
        self.path = String(cString: path).split(separator: "/")
        isGroup = subsystem == "vfio"
    }

    /// The functions that the node is of: the members of `…/vfio/7`, the one of `…/0000:01:00.0/vfio-dev/vfio0`.
    func addresses(below root: Root) -> Set<PCIAddress> {
        guard isGroup else { return Set(path.dropLast(2).last.flatMap { PCIAddress($0) }.map { [$0] } ?? []) }
        guard let number = path.last?.split(separator: "-").last.flatMap({ UInt32($0) }) else { return [] }
        let names = (try? root.names(in: "/sys/kernel/iommu_groups/\(number)/devices")) ?? []
        return Set(names.compactMap { PCIAddress($0) })
    }
}
