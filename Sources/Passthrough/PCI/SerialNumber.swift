/// The eight bytes of PCIe's Device Serial Number capability, the upper half first, as lspci and sysfs write them.
package struct SerialNumber: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    /// Eight pairs of hexadecimal digits with `-` between them, upper and lower case alike.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 8, parts.allSatisfy({ $0.count == 2 }),
            let value = Hexadecimal.parse(Array(parts.joined()), digits: 16...16)
        else { return nil }
        self.value = value
    }

    package var description: String {
        (0..<8).map { Hexadecimal.text(value >> UInt64(56 - 8 * $0) & 0xff, digits: 2) }.joined(separator: "-")
    }
}
