/// `vvvv:dddd` where either half, not both, may be `*`.
package struct IDPattern: Hashable, Sendable, CustomStringConvertible {
    /// nil stands for `*`.
    package let vendor: UInt16?
    package let device: UInt16?

    /// The card type that this names exactly; nil with a `*`.
    package var exact: PCIID? {
        guard let vendor, let device else { return nil }
        return PCIID(vendor: vendor, device: device)
    }

    package init(_ id: PCIID) {
        vendor = id.vendor
        device = id.device
    }

    /// Parses it. Rejected: other forms, `*:*`, and `ffff`, which is what a vanished function reads as and
    /// a wildcard of the kernel (PCI_ANY_ID) if widened.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var halves: [UInt16?] = []
        for part in parts {
            if part.elementsEqual("*".utf8) {
                halves.append(nil)
            } else if let value = Hexadecimal.parse(part, digits: 4...4), value != 0xffff {
                halves.append(UInt16(value))
            } else {
                return nil
            }
        }
        guard halves[0] != nil || halves[1] != nil else { return nil }
        vendor = halves[0]
        device = halves[1]
    }

    package func matches(_ id: PCIID) -> Bool {
        (vendor == nil || vendor == id.vendor) && (device == nil || device == id.device)
    }

    package var description: String {
        let vendor = vendor.map { Hexadecimal.text(UInt64($0), digits: 4) } ?? "*"
        let device = device.map { Hexadecimal.text(UInt64($0), digits: 4) } ?? "*"
        return "\(vendor):\(device)"
    }
}
