/// The first 2, 4 or 6 hexadecimal digits of a class code.
package struct ClassPrefix: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt32
    /// 2, 4 or 6.
    package let digits: Int

    package init?(_ text: String) {
        guard [2, 4, 6].contains(text.utf8.count), let value = Hexadecimal.parse(text.utf8, digits: 2...6) else {
            return nil
        }
        self.value = UInt32(value)
        digits = text.utf8.count
    }

    package func matches(_ code: ClassCode) -> Bool { code.value >> UInt32((6 - digits) * 4) == value }

    package var description: String { Hexadecimal.text(UInt64(value), digits: digits) }
}
