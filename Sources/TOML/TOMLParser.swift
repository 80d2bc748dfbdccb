import Passthrough

/// Reads a document in one pass, and stops at the first error.
struct TOMLParser {
    let bytes: [UInt8]
    var offset = 0
    var escapedNUL: TOMLPosition?
    private var line = 1
    /// The column of the byte at `counted`, so that a long line is counted once.
    private var column = 1
    private var counted = 0
    /// Tells headers and inline tables apart: a dotted key adds to tables of its own section only.
    private var section = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { offset = 3 }
        counted = offset
    }

    mutating func document() throws(TOMLError) -> TOMLTable {
        let root = TOMLTableBuilder(.header, at: TOMLPosition(line: 1, column: 1))
        var table = root
        while true {
            try skipLines()
            guard let byte = current else { return root.table }
            if byte == UInt8(ascii: "[") {
                section += 1
                table = try readHeader(root)
            } else {
                try readKeyAndValue(into: table, depth: 0)
            }
            try skipComment()
            if let byte = current, !isLineEnd(byte) { throw expected("the end of the line") }
        }
    }

    private mutating func readHeader(_ root: TOMLTableBuilder) throws(TOMLError) -> TOMLTableBuilder {
        offset += 1
        let isArray = take("[")
        let path = try readKey()
        for _ in 0..<(isArray ? 2 : 1) where !take("]") { throw expected("\"]\"") }
        return isArray ? try root.append(path) : try root.open(path)
    }

    private mutating func readKeyAndValue(into table: TOMLTableBuilder, depth: Int) throws(TOMLError) {
        let path = try readKey()
        guard take("=") else { throw expected("\"=\" after the key") }
        skipBlanks()
        try table.assign(path, try readValue(depth: depth), section: section)
    }

    /// `{ a = 1, b.c = 2 }`
    mutating func readInlineTable(depth: Int) throws(TOMLError) -> TOMLValue {
        let outer = section
        defer { section = outer }
        section = bytes.count + offset  // more than there are headers
        let table = TOMLTableBuilder(.header, at: here)
        offset += 1
        skipBlanks()
        if take("}") { return .table(table.table) }
        while true {
            try readKeyAndValue(into: table, depth: depth)
            skipBlanks()
            if take("}") { return .table(table.table) }
            guard take(",") else { throw expected("\",\" or \"}\"") }
            skipBlanks()
        }
    }
}

// MARK: - Keys

extension TOMLParser {
    /// The parts of a dotted key.
    private mutating func readKey() throws(TOMLError) -> [TOMLKey] {
        var path: [TOMLKey] = []
        while true {
            skipBlanks()
            path.append(try readKeyPart())
            skipBlanks()
            guard current == UInt8(ascii: ".") else { return path }
            if path.count == TOMLDocument.depthLimit {
                throw error("a key of more than \(TOMLDocument.depthLimit) parts")
            }
            offset += 1
        }
    }

    private mutating func readKeyPart() throws(TOMLError) -> TOMLKey {
        let position = here
        if let byte = current, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            if quoteRun(byte) >= 3 { throw error("a key cannot be a string of several lines") }
            return TOMLKey(text: try readString(), position: position)
        }
        let start = offset
        while let byte = current, TOMLParser.isBareKey(byte) { offset += 1 }
        if offset == start { throw expected("a key") }
        return TOMLKey(text: String(decoding: bytes[start..<offset], as: UTF8.self), position: position)
    }

    private static func isBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

// MARK: - Characters

extension TOMLParser {
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The place of the byte at `offset`.
    var here: TOMLPosition {
        mutating get {
            column += bytes[counted..<offset].count { $0 & 0xc0 != 0x80 }
            counted = offset
            return TOMLPosition(line: line, column: column)
        }
    }

    func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    /// Goes over a character, if it comes next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    mutating func skipBlanks() {
        while let byte = current, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { offset += 1 }
    }

    /// Goes over blanks and a comment.
    private mutating func skipComment() throws(TOMLError) {
        skipBlanks()
        guard current == UInt8(ascii: "#") else { return }
        while let byte = current, !isLineEnd(byte) {
            if isControl(byte) { throw controlCharacter(byte) }
            offset += 1
        }
    }

    /// Goes over blanks, comments and ends of lines.
    mutating func skipLines() throws(TOMLError) {
        try skipComment()
        while let byte = current, isLineEnd(byte) {
            try skipLineEnd()
            try skipComment()
        }
    }

    /// Goes over LF or CR LF.
    mutating func skipLineEnd() throws(TOMLError) {
        if take("\r"), current != UInt8(ascii: "\n") { throw error("a carriage return without a line feed") }
        offset += 1
        line += 1
        column = 1
        counted = offset
    }

    /// Whether comments and strings must not have it: every control character but the tab.
    func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7f }

    mutating func controlCharacter(_ byte: UInt8) -> TOMLError {
        error(
            "the control character 0x\(Hexadecimal.text(UInt64(byte), digits: 2)) is not allowed; write it as an escape in a \"…\" string"
        )
    }

    /// An error at `offset`.
    mutating func error(_ reason: String) -> TOMLError { TOMLError(at: here, reason) }

    mutating func expected(_ wanted: String) -> TOMLError {
        guard let byte = current else { return error("expected \(wanted), found the end of the file") }
        if isLineEnd(byte) { return error("expected \(wanted), found the end of the line") }
        let scalar = String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.first
        return error("expected \(wanted), found \(MessageText.quoted(scalar.map { String($0) } ?? ""))")
    }
}
