package import Passthrough

/// One entry of an `ids=` of vfio-pci or pci-stub: `v:d[:sv[:sd[:class[:mask]]]]`, hexadecimal (`drivers/vfio/pci/vfio_pci.c`).
package struct BootID: Sendable, Hashable {
    package let text: String
    private let vendor: UInt64
    private let device: UInt64
    private let subvendor: UInt64?
    private let subdevice: UInt64?

    /// Nil for an entry that the kernel ignores too.
    package init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map {
            Hexadecimal.parse($0.utf8, digits: 1...8)
        }
        guard numbers.count >= 2, numbers.count <= 6, let vendor = numbers[0], let device = numbers[1],
            !numbers.contains(nil)
        else { return nil }
        self.text = String(text)
        self.vendor = vendor
        self.device = device
        subvendor = numbers.count > 2 ? numbers[2] : nil
        subdevice = numbers.count > 3 ? numbers[3] : nil
    }

    /// Whether it matches every function with the device ID.
    package func names(_ id: PCIID) -> Bool {
        matches(vendor, id.vendor) && matches(device, id.device) && subvendor ?? BootID.any == BootID.any
            && subdevice ?? BootID.any == BootID.any
    }

    package func matches(_ function: PCIFunction) -> Bool {
        matches(vendor, function.id.vendor) && matches(device, function.id.device)
            && matches(subvendor ?? BootID.any, function.subsystem?.vendor ?? 0)
            && matches(subdevice ?? BootID.any, function.subsystem?.device ?? 0)
    }

    /// PCI_ANY_ID.
    private static let any: UInt64 = 0xffff_ffff

    private func matches(_ wanted: UInt64, _ value: UInt16) -> Bool { wanted == BootID.any || wanted == UInt64(value) }
}
