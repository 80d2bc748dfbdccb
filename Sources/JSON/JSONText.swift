/// Writes JSON (RFC 8259), with no more escapes than it asks for.
package enum JSONText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends a string with its quotes.
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0a: bytes += "\\n".utf8
            case 0x0c: bytes += "\\f".utf8
            case 0x0d: bytes += "\\r".utf8
            case 0..<0x20: bytes += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a value on one line.
    package static func append(_ node: JSONValue, to bytes: inout [UInt8]) {
        switch node {
        case .null, .fraction: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let value): bytes += String(value).utf8
        case .text(let value): append(value, to: &bytes)
        case .list(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// A document with a line for each key, and for each entry of a list of objects: so that two of them can be compared.
    package static func document(_ members: [JSONValue.Member]) -> [UInt8] {
        var bytes = Array("{\n".utf8)
        for (index, member) in members.enumerated() {
            append(member.key, to: &bytes)
            bytes += ": ".utf8
            if case .list(let values) = member.value, case .object? = values.first {
                bytes += "[\n".utf8
                for (place, value) in values.enumerated() {
                    append(value, to: &bytes)
                    bytes += (place + 1 < values.count ? ",\n" : "\n").utf8
                }
                bytes.append(UInt8(ascii: "]"))
            } else {
                append(member.value, to: &bytes)
            }
            bytes += (index + 1 < members.count ? ",\n" : "\n").utf8
        }
        return bytes + "}\n".utf8
    }
}
