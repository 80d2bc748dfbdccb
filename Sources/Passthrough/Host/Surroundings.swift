/// What stands around the functions: processor, boot loader, kernel words, modules, and what other tools were told.
///
/// Facts only; `check`, `explain` and `export` judge them.
package struct Surroundings: Sendable, Hashable {
    package var processor: Processor = .other
    package var bootLoader: BootLoader = .unknown
    /// The words of `/proc/cmdline`.
    package var kernelWords: [String] = []
    package var vfioPCI: ModuleState = .missing
    /// Names below `/sys/class/iommu`, which each driver of an IOMMU fills (`drivers/iommu/iommu-sysfs.c`).
    package var iommus: [String] = []
    /// Whether the firmware describes an IOMMU (ACPI tables DMAR, IVRS, IORT); nil where there are no tables.
    package var firmwareNamesIOMMU: Bool?
    /// Whether interrupts go through remapping hardware; nil where the processor has no such question.
    package var remapsInterrupts: Bool?
    package var allowsUnsafeInterrupts = false
    /// IOMMU groups with regions that firmware wants mapped one to one (`direct` in `reserved_regions`).
    package var directGroups: [UInt32] = []
    /// Lines of modprobe.d that concern vfio, pci-stub or a blacklist.
    package var modprobeLines: [ConfigurationLine] = []
    /// Lines of udev rules of others that set a driver or name vfio.
    package var udevLines: [ConfigurationLine] = []
    /// Whether this program's own udev rule is there.
    package var hasRule = false
    /// Overrides that driverctl(8) keeps: one file each below `/etc/driverctl.d`.
    package var driverctl: [ConfigurationLine] = []
    /// Lines of the SR-IOV network operator's files that name a PCI address.
    package var sriovLines: [ConfigurationLine] = []
    /// Permissions of the nodes below `/dev/vfio`, by path.
    package var nodeModes: [String: UInt32] = [:]
    /// Bytes that a process may lock (`/proc/self/limits`); nil where it is unlimited or unknown.
    package var lockableBytes: UInt64?

    package init() {}
}
