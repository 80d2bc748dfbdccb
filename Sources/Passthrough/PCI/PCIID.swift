/// A device ID: vendor and device, 16 bits each.
package struct PCIID: Hashable, Sendable {
    package let vendor: UInt16
    package let device: UInt16

    package init(vendor: UInt16, device: UInt16) {
        self.vendor = vendor
        self.device = device
    }

    /// Parses `vvvv:dddd`, four hexadecimal digits each, without `0x`; anything else gives nil.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let id = text.withUTF8({ PCIID(bytes: $0) }) else { return nil }
        self = id
    }

    private init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 9, bytes[4] == UInt8(ascii: ":"),
            let vendor = Hexadecimal.parse(bytes[..<4], digits: 4...4),
            let device = Hexadecimal.parse(bytes[5...], digits: 4...4)
        else { return nil }
        self.init(vendor: UInt16(vendor), device: UInt16(device))
    }

    /// The text that `new_id` and `remove_id` take, without the newline: `15b3 1003`.
    ///
    /// `new_id_store` reads `%x %x …` (`drivers/pci/pci-driver.c`); the form with a colon gives EINVAL there.
    package var newIDText: String {
        "\(Hexadecimal.text(UInt64(vendor), digits: 4)) \(Hexadecimal.text(UInt64(device), digits: 4))"
    }
}

extension PCIID: CustomStringConvertible {
    /// `15b3:1003`.
    package var description: String {
        "\(Hexadecimal.text(UInt64(vendor), digits: 4)):\(Hexadecimal.text(UInt64(device), digits: 4))"
    }
}

extension PCIID: Comparable {
    package static func < (left: PCIID, right: PCIID) -> Bool {
        (left.vendor, left.device) < (right.vendor, right.device)
    }
}
