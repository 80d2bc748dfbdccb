/// Reads and prints hexadecimal numbers without Foundation, strictly.
package enum Hexadecimal {
    /// The number that these ASCII digits spell; nil for another character or another count of digits.
    package static func parse(_ bytes: some Collection<UInt8>, digits: ClosedRange<Int>) -> UInt64? {
        guard digits.contains(bytes.count), bytes.count <= 16 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard let digit = digit(byte) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    /// The number in lower case with at least `digits` digits.
    package static func text(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return text.utf8.count >= digits ? text : String(repeating: "0", count: digits - text.utf8.count) + text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
