/// A number by which firmware of IBM Z knows a function: at most 32 bits.
package struct ZPCINumber: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt32

    package init(_ value: UInt32) { self.value = value }

    /// Hexadecimal digits, with or without `0x` and leading zeros.
    package init?(_ text: String) {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.utf8.dropFirst(2) : text.utf8[...]
        guard let value = Hexadecimal.parse(digits, digits: 1...16), let value = UInt32(exactly: value) else {
            return nil
        }
        self.value = value
    }

    package var description: String { "0x" + Hexadecimal.text(UInt64(value), digits: 1) }
}
