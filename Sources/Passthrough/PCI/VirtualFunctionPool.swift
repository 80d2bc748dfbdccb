/// What a PF says of VFs that it may have (Documentation/ABI/testing/sysfs-bus-pci, `sriov_*`).
package struct VirtualFunctionPool: Hashable, Sendable {
    /// The device ID of its VFs, `sriov_vf_device`; the vendor is the PF's.
    package var device: UInt16
    /// Whether a new VF is offered to drivers, `sriov_drivers_autoprobe`.
    package var probesDrivers: Bool

    package init(device: UInt16, probesDrivers: Bool = true) {
        self.device = device
        self.probesDrivers = probesDrivers
    }
}
