/// Which drivers leave an IOMMU group viable: VFIO only opens a group none of whose functions is bound to another driver.
package enum ViabilityRule: Sendable {
    /// Since Linux 5.19: drivers that set `driver_managed_dma`, which are VFIO's, pci-stub and pcieport
    /// (drivers/iommu/iommu.c, `iommu_device_use_default_domain`).
    case ownership
    /// Before: VFIO's and pci-stub by name, and whatever drives a function with another header type than 0
    /// (drivers/vfio/vfio.c, `vfio_dev_driver_allowed`).
    case names

    /// What a kernel's release (`/proc/sys/kernel/osrelease`) says; a text that is no release is a current kernel.
    package init(release: String) {
        let numbers = release.utf8.split(omittingEmptySubsequences: false) { !(0x30...0x39).contains($0) }
            .prefix(2).map { Int(String(Substring($0))) }
        if numbers.count == 2, let major = numbers[0], let minor = numbers[1], (major, minor) < (5, 19) {
            self = .names
        } else {
            self = .ownership
        }
    }

    /// Whether a function leaves its group viable by what drives it; one without a driver is another matter.
    package func allows(_ function: PCIFunction) -> Bool {
        guard let driver = function.driver else { return false }
        if driver.isVFIO || driver == .pciStub { return true }
        switch self {
        case .ownership: return driver == .pciePort
        case .names: return function.headerType.map { $0 & 0x7f != 0 } ?? false
        }
    }
}
