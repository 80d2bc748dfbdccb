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
        let needed = (UInt64.bitWidth - value.leadingZeroBitCount + 3) / 4
        let count = max(digits, needed, 1)
        return String(unsafeUninitializedCapacity: count) { buffer in
            for index in 0..<max(0, count - 16) { buffer[index] = UInt8(ascii: "0") }
            let start = max(0, count - 16)
            write(value, digits: count - start, to: buffer, at: start)
            return count
        }
    }

    /// Writes the lowest `digits` digits of a number, in lower case.
    static func write(_ value: UInt64, digits: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for index in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64((digits - 1 - index) * 4)) & 0xf
            buffer[start + index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
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
