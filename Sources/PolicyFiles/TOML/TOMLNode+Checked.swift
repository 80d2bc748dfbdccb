extension TOMLNode {
    /// Parses the bytes of a TOML file, after every check that the parser does not make itself.
    static func checkedDocument(_ bytes: [UInt8]) throws(TOMLSyntaxError) -> ([String: TOMLNode], TOMLScanner) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw encodingError(bytes) }
        if let offset = bytes.firstIndex(of: 0) {
            throw TOMLSyntaxError(line: line(of: offset, bytes), column: nil, reason: "a NUL byte at offset \(offset)")
        }
        let scanner = try TOMLScanner(bytes)
        return (try document(text), scanner)
    }

    private static func encodingError(_ bytes: [UInt8]) -> TOMLSyntaxError {
        do {
            _ = try UTF8Span(validating: bytes.span)
            return TOMLSyntaxError(line: nil, column: nil, reason: "not UTF-8")
        } catch {
            let offset = error.byteOffsets.lowerBound
            let reason = "not UTF-8: byte 0x\(String(bytes[offset], radix: 16)) at offset \(offset)"
            return TOMLSyntaxError(line: line(of: offset, bytes), column: nil, reason: reason)
        }
    }

    private static func line(of offset: Int, _ bytes: [UInt8]) -> Int {
        1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
    }
}
