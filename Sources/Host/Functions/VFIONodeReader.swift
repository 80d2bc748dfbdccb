package import HostFiles
package import Passthrough

/// Finds the nodes below `/dev` that VFIO shows for a function.
package struct VFIONodeReader {
    private let root: Root

    package init(root: Root) { self.root = root }

    /// The nodes that exist: of its group, and of its device.
    package func nodes(of address: PCIAddress, group: UInt32?) -> VFIONodes {
        VFIONodes(
            group: group.flatMap { VFIONodePath.candidates(ofGroup: $0).first(where: root.exists) },
            device: deviceNames(of: address).map(VFIONodePath.device).first(where: root.exists))
    }

    /// The nodes that it may have, whether or not they exist below this root: the names by which processes hold them.
    func candidates(of function: PCIFunction) -> [String] {
        (function.iommuGroup.map(VFIONodePath.candidates) ?? [])
            + deviceNames(of: function.address).map(VFIONodePath.device)
    }

    private func deviceNames(of address: PCIAddress) -> [String] {
        (try? root.names(in: "\(SysfsPath.device(address))/vfio-dev")) ?? []
    }
}
