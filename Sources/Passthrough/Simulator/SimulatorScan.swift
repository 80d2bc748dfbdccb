/// Reads hexadecimal fields as the kernel's `sscanf(buf, "%x %x …")` does (`lib/vsprintf.c`, `vsscanf`).
enum SimulatorScan {
    /// The fields up to the first that is no number; what follows is ignored. Each is the number modulo 2⁶⁴.
    ///
    /// Blanks, newlines among them, may stand before a field and need not stand after one. `0x` alone is 0.
    /// With a separator (`ids=` of a module, `%x:%x:…`) exactly that byte must follow a field for the next to be read.
    static func fields(
        _ bytes: some Collection<UInt8>, atMost limit: Int, separator: UInt8? = nil
    ) -> [UInt64] {
        var rest = Array(bytes.prefix { $0 != 0 })[...]
        var fields: [UInt64] = []
        while fields.count < limit {
            if let separator, !fields.isEmpty {
                guard rest.first == separator else { break }
                rest.removeFirst()
            }
            rest = rest.drop(while: isBlank)
            guard let field = number(&rest) else { break }
            fields.append(field)
        }
        return fields
    }

    /// `simple_strntoull` in base 16: an optional `0x`, then all digits.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        guard let first = rest.first, digit(first) != nil else { return nil }
        if rest.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
            || rest.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "X")])
        {
            rest = rest.dropFirst(2)
        }
        var value: UInt64 = 0
        while let byte = rest.first, let digit = digit(byte) {
            value = value << 4 | digit
            rest = rest.dropFirst()
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        Hexadecimal.parse(CollectionOfOne(byte), digits: 1...1)
    }

    /// The kernel's `isspace` (`lib/ctype.c`), to which 0xa0 is a blank too.
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte) || byte == 0xa0
    }
}
