/// The names of VFIO's device nodes.
///
/// A group has `/dev/vfio/N`, in no-IOMMU mode `/dev/vfio/noiommu-N` (drivers/vfio/group.c, vfio_group_alloc); a device has
/// `/dev/vfio/devices/vfioX` (Documentation/driver-api/vfio.rst), whose number the kernel chooses when a driver binds it.
package enum VFIONodePath {
    /// The nodes that a group may have, of which one exists at most.
    package static func candidates(ofGroup group: UInt32) -> [String] {
        ["/dev/vfio/\(group)", "/dev/vfio/noiommu-\(group)"]
    }

    /// The node of a device that `vfio-dev/` calls by this name.
    package static func device(_ name: String) -> String { "/dev/vfio/devices/\(name)" }
}
