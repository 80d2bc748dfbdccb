/// Why a driver cannot be bound.
package enum DriverObstacle: Hashable, Sendable {
    case missing(DriverName)
    /// `vfio_pci` is the module, `vfio-pci` the driver.
    case nameOfModule
    /// vfio-pci has a list of devices that it refuses (`vfio_pci_denylist`, `drivers/vfio/pci/vfio_pci.c`).
    case denied(PCIID)
    /// The variant driver of a device cannot be looked up.
    case unknownVariants(String)
}
