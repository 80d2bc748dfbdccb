/// What the kernel says of one PCI function; read once, then only looked at.
package struct PCIFunction: Hashable, Sendable {
    package let address: PCIAddress
    package var id: PCIID
    package var subsystem: PCIID?
    package var classCode: ClassCode
    package var revision: UInt8
    /// The driver that the `driver` link names; nil without a link.
    package var driver: DriverName?
    /// The content of `driver_override`; the kernel's `(null)` and an unread attribute are nil.
    package var driverOverride: String?
    /// The number that the `iommu_group` link names.
    package var iommuGroup: UInt32?
    /// Whether the group is one of VFIO's no-IOMMU mode, named `vfio-noiommu`.
    package var isNoIOMMUGroup: Bool
    /// The NUMA node; the kernel's -1 is nil.
    package var numaNode: Int?
    /// The PF of a VF (`physfn`).
    package var physicalFunction: PCIAddress?
    /// How many VFs are enabled, counted by the `virtfn` links: reading `sriov_numvfs` takes the device's lock.
    package var virtualFunctionCount: Int
    /// The header type with its multi-function bit, from offset 0x0e of the configuration space; nil if unreadable, or if the
    /// function no longer answers.
    package var headerType: UInt8?
    /// The functions above it, root first, and itself.
    package var path: [PCIAddress]
    /// What policies may ask for besides; empty unless one does.
    package var identity = FunctionIdentity()

    package init(
        address: PCIAddress, id: PCIID, subsystem: PCIID? = nil, classCode: ClassCode = ClassCode(0),
        revision: UInt8 = 0,
        driver: DriverName? = nil, driverOverride: String? = nil, iommuGroup: UInt32? = nil,
        isNoIOMMUGroup: Bool = false,
        numaNode: Int? = nil, physicalFunction: PCIAddress? = nil, virtualFunctionCount: Int = 0,
        headerType: UInt8? = nil, path: [PCIAddress] = []
    ) {
        self.address = address
        self.id = id
        self.subsystem = subsystem
        self.classCode = classCode
        self.revision = revision
        self.driver = driver
        self.driverOverride = driverOverride
        self.iommuGroup = iommuGroup
        self.isNoIOMMUGroup = isNoIOMMUGroup
        self.numaNode = numaNode
        self.physicalFunction = physicalFunction
        self.virtualFunctionCount = virtualFunctionCount
        self.headerType = headerType
        self.path = path.isEmpty ? [address] : path
    }

    /// The role in SR-IOV: a function with a `physfn` link is virtual, every other one physical.
    package var role: FunctionRole { physicalFunction == nil ? .physical : .virtual }

    /// Whether the function is no endpoint: another header type than 0, or a class of the bridges that belong to the host.
    ///
    /// vfio-pci's probe refuses every header type but 0 with EINVAL (`drivers/vfio/pci/vfio_pci_core.c`,
    /// `vfio_pci_core_register_device`).
    package var isBridge: Bool {
        if let headerType, headerType & 0x7f != 0 { return true }
        return switch classCode.subclass {
        case 0x0600...0x0604, 0x0607, 0x0609: true
        default: false
        }
    }
}
