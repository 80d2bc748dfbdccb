import Passthrough

/// Checks the grammar of a TOML document and finds the lines of its headers and keys; values are only looked over.
///
/// It stands before toml++ 3.4.0, which must not see everything: it aborts by an assertion on `a = [}`, on `[a.[`, and on dates with
/// bad times, and overflows the stack on long dotted keys (its pull request 242). Moreover TOMLKit cuts a string at an escaped NUL, and
/// tells no lines but those of errors. What passes here is TOML 1.0 but for the inside of strings and numbers, for keys and tables
/// that are given twice, and for dates, which are refused: no key of this program takes one.
struct TOMLScanner {
    /// Levels of brackets and parts of a dotted key; a policy needs three.
    static let depthLimit = 32

    private(set) var statements: [TOMLStatement] = []

    let bytes: [UInt8]
    var position = 0
    private(set) var line = 1
    private var lineStart = 0

    /// Walks the whole document; throws the first error, with line and column.
    init(_ bytes: [UInt8]) throws(TOMLSyntaxError) {
        self.bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        lineStart = position
        while true {
            try skipLines()
            guard let byte = current else { return }
            if byte == UInt8(ascii: "[") {
                try scanHeader()
            } else {
                let start = line
                let path = try scanKeyAndValue(depth: 0)
                statements.append(TOMLStatement(kind: .key, path: path, line: start))
            }
            skipBlanksAndComment()
            if let byte = current, !isLineEnd(byte) { throw unexpected("the end of the line") }
        }
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func scanHeader() throws(TOMLSyntaxError) {
        let start = line
        position += 1
        let isArray = current == UInt8(ascii: "[")
        if isArray { position += 1 }
        let path = try scanKey()
        for _ in 0..<(isArray ? 2 : 1) { try skip(UInt8(ascii: "]"), "\"]\"") }
        statements.append(TOMLStatement(kind: isArray ? .arrayHeader : .header, path: path, line: start))
    }

    /// `a."b" = value`; gives the parts of the key.
    mutating func scanKeyAndValue(depth: Int) throws(TOMLSyntaxError) -> [String] {
        let path = try scanKey()
        try skip(UInt8(ascii: "="), "\"=\" after the key")
        skipBlanks()
        try scanValue(depth: depth)
        return path
    }

    /// The parts of a dotted key, quotes removed and escapes left as they are.
    private mutating func scanKey() throws(TOMLSyntaxError) -> [String] {
        var path: [String] = []
        while true {
            skipBlanks()
            path.append(try scanKeyPart())
            skipBlanks()
            guard current == UInt8(ascii: ".") else { return path }
            if path.count == TOMLScanner.depthLimit {
                throw error("a key of more than \(TOMLScanner.depthLimit) parts")
            }
            position += 1
        }
    }

    private mutating func scanKeyPart() throws(TOMLSyntaxError) -> String {
        let start = position
        if let byte = current, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            if quoteRun(byte) >= 3 { throw error("a key cannot be a string of several lines") }
            try skipString()
            return String(validating: bytes[start..<position].dropFirst().dropLast(), as: UTF8.self) ?? ""
        }
        while let byte = current, TOMLScanner.isBareKey(byte) { position += 1 }
        if position == start { throw unexpected("a key") }
        return String(validating: bytes[start..<position], as: UTF8.self) ?? ""
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

extension TOMLScanner {
    func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    mutating func skip(_ byte: UInt8, _ name: String) throws(TOMLSyntaxError) {
        guard current == byte else { throw unexpected(name) }
        position += 1
    }

    mutating func skipBlanks() {
        while let byte = current, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    mutating func skipBlanksAndComment() {
        skipBlanks()
        guard current == UInt8(ascii: "#") else { return }
        while let byte = current, !isLineEnd(byte) { position += 1 }
    }

    /// Goes over blanks, comments and ends of lines.
    mutating func skipLines() throws(TOMLSyntaxError) {
        skipBlanksAndComment()
        while let byte = current, isLineEnd(byte) {
            if byte == UInt8(ascii: "\r") { position += 1 }
            guard current == UInt8(ascii: "\n") else { throw error("a carriage return without a line feed") }
            skipLineFeed()
            skipBlanksAndComment()
        }
    }

    mutating func skipLineFeed() {
        position += 1
        line += 1
        lineStart = position
    }

    /// An error at this place; the column counts characters, as toml++ does.
    func error(_ reason: String) -> TOMLSyntaxError {
        let before = bytes[min(lineStart, position)..<position].count { $0 & 0xc0 != 0x80 }
        return TOMLSyntaxError(line: line, column: before + 1, reason: reason)
    }

    func unexpected(_ wanted: String) -> TOMLSyntaxError {
        guard let byte = current else { return error("the file ends where \(wanted) should stand") }
        if isLineEnd(byte) { return error("the line ends where \(wanted) should stand") }
        let character = String(validating: bytes[position...].prefix(4), as: UTF8.self)?.unicodeScalars.first
        let found = byte < 0x80 ? String(UnicodeScalar(byte)) : character.map { String($0) }
        return error("\(found.map(MessageText.quoted) ?? "a character") stands where \(wanted) should")
    }
}
