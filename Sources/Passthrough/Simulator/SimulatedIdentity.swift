/// What ID tables are compared with: the numbers of one function (`pci_id_from_device`), or those of an entry that `new_id`
/// is about to add.
///
/// 32 bits each. From the summer of 2026 on (Debian's 6.1.192 and 6.12.117) the kernel looks for duplicates with the
/// numbers as they were written, so that `115b3` is not `15b3` and `PCI_ANY_ID` fits only itself; before, it cut them to the 16
/// bits of `struct pci_dev`.
struct SimulatedIdentity: Hashable, Sendable {
    let vendor: UInt32
    let device: UInt32
    let subvendor: UInt32
    let subdevice: UInt32
    let classCode: UInt32

    /// The device ID; nil for numbers that no function has.
    var id: PCIID? {
        guard let vendor = UInt16(exactly: vendor), let device = UInt16(exactly: device) else { return nil }
        return PCIID(vendor: vendor, device: device)
    }
}

extension SimulatedIdentity {
    init(_ function: PCIFunction) {
        vendor = UInt32(function.id.vendor)
        device = UInt32(function.id.device)
        subvendor = UInt32(function.subsystem?.vendor ?? 0)
        subdevice = UInt32(function.subsystem?.device ?? 0)
        classCode = function.classCode.value
    }
}
