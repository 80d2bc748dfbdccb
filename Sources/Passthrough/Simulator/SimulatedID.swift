/// One entry of a driver's ID table: `struct pci_device_id` (`include/linux/mod_devicetable.h`).
package struct SimulatedID: Hashable, Sendable {
    /// `PCI_ANY_ID`: fits every number.
    package static let any: UInt32 = 0xffff_ffff

    /// 32 bits as in the kernel, which stores `18086` without complaint; no function has such a vendor.
    package var vendor: UInt32
    package var device: UInt32
    package var subvendor: UInt32
    package var subdevice: UInt32
    package var classCode: UInt32
    package var classMask: UInt32
    package var driverData: UInt64
    /// Whether the entry only counts for functions whose `driver_override` is set (`PCI_DRIVER_OVERRIDE_DEVICE_VFIO`).
    package var isOverrideOnly: Bool

    package init(
        vendor: UInt32, device: UInt32, subvendor: UInt32 = any, subdevice: UInt32 = any, classCode: UInt32 = 0,
        classMask: UInt32 = 0, driverData: UInt64 = 0, isOverrideOnly: Bool = false
    ) {
        self.vendor = vendor
        self.device = device
        self.subvendor = subvendor
        self.subdevice = subdevice
        self.classCode = classCode
        self.classMask = classMask
        self.driverData = driverData
        self.isOverrideOnly = isOverrideOnly
    }

    /// The entry of one device ID, as `PCI_DEVICE` makes it.
    package init(_ id: PCIID, isOverrideOnly: Bool = false) {
        self.init(vendor: UInt32(id.vendor), device: UInt32(id.device), isOverrideOnly: isOverrideOnly)
    }

    /// The only entry of vfio-pci's own table: every function, by override alone (`drivers/vfio/pci/vfio_pci.c`).
    package static let vfioAny = SimulatedID(vendor: any, device: any, isOverrideOnly: true)

    /// The device ID that this entry matches and nothing else; nil for every wider or narrower entry.
    var plain: PCIID? {
        guard let vendor = UInt16(exactly: vendor), let device = UInt16(exactly: device),
            subvendor == SimulatedID.any, subdevice == SimulatedID.any, classMask == 0, !isOverrideOnly
        else { return nil }
        return PCIID(vendor: vendor, device: device)
    }

    /// The numbers of an entry, as `new_id_store` compares them with those that are there.
    var identity: SimulatedIdentity {
        SimulatedIdentity(
            vendor: vendor, device: device, subvendor: subvendor, subdevice: subdevice, classCode: classCode)
    }

    /// Whether the numbers fit, as `pci_match_one_id` compares them (`drivers/pci/pci.h`).
    func matches(_ identity: SimulatedIdentity) -> Bool {
        (vendor == SimulatedID.any || vendor == identity.vendor)
            && (device == SimulatedID.any || device == identity.device)
            && (subvendor == SimulatedID.any || subvendor == identity.subvendor)
            && (subdevice == SimulatedID.any || subdevice == identity.subdevice)
            && (classCode ^ identity.classCode) & classMask == 0
    }
}
