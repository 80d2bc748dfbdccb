/// A whole TOML 1.0 document (https://toml.io/en/v1.0.0), with the place of every key and value.
package struct TOMLDocument: Sendable {
    /// Levels of brackets, and parts of a dotted key: the depth to which readers may have to follow.
    package static let depthLimit = 32

    package let root: TOMLTable
    /// The first escape that stands for a NUL, which TOML allows and which no text of the kernel can hold.
    package let escapedNUL: TOMLPosition?

    /// Reads the bytes of a document; throws the first error.
    ///
    /// Not taken, though TOML allows it: integers of more than 64 bits, and more than `depthLimit` levels.
    /// A byte order mark at the start is passed over. CR LF within a string of several lines counts as LF.
    package init(_ bytes: [UInt8]) throws(TOMLError) {
        try TOMLDocument.checkEncoding(bytes)
        var parser = TOMLParser(bytes)
        root = try parser.document()
        escapedNUL = parser.escapedNUL
    }

    private static func checkEncoding(_ bytes: [UInt8]) throws(TOMLError) {
        let reason: String
        let offset: Int
        do {
            _ = try UTF8Span(validating: bytes.span)
            guard let first = bytes.firstIndex(of: 0) else { return }
            offset = first
            reason = "a NUL byte at offset \(offset)"
        } catch {
            offset = error.byteOffsets.lowerBound
            reason = "not UTF-8: byte 0x\(String(bytes[offset], radix: 16)) at offset \(offset)"
        }
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let column = 1 + before[lineStart...].count { $0 & 0xc0 != 0x80 }
        throw TOMLError(at: TOMLPosition(line: line, column: column), reason)
    }
}
