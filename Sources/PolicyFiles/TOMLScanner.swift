/// Walks the statements of a TOML document without reading their values.
///
/// It has two uses. Before the parser it finds what the parser must not see: nesting that would overflow its stack, and escaped NULs,
/// at which TOMLKit cuts a string. After a parser that found no error it tells the lines of headers and keys, which TOMLKit does
/// not. It follows the lexical rules of TOML 1.0 up to the first error of syntax, where the parser stops too.
struct TOMLScanner {
    /// Levels of brackets and parts of a dotted key; a policy needs three.
    static let depthLimit = 32

    private(set) var statements: [TOMLStatement] = []
    private(set) var problem: TOMLSyntaxError?

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var dots = 0

    /// Walks the whole document; `problem` is what it stopped at.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        while let byte = current, problem == nil {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "\n"): skipLineEnd()
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "["): scanHeader()
            default: scanKey()
            }
        }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func scanHeader() {
        let start = line
        position += 1
        let isArray = current == UInt8(ascii: "[")
        if isArray { position += 1 }
        let path = scanPath(until: UInt8(ascii: "]"))
        statements.append(TOMLStatement(kind: isArray ? .arrayHeader : .header, path: path, line: start))
        skipValue()
    }

    private mutating func scanKey() {
        let start = line
        let path = scanPath(until: UInt8(ascii: "="))
        statements.append(TOMLStatement(kind: .key, path: path, line: start))
        skipValue()
    }

    /// The parts of a dotted key, quotes removed and escapes left as they are.
    private mutating func scanPath(until end: UInt8) -> [String] {
        var path: [String] = []
        var part: [UInt8] = []
        dots = 0
        while let byte = current, byte != end, byte != UInt8(ascii: "\n"), problem == nil {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let start = position
                skipString(multiline: false)
                part += bytes[start..<position].dropFirst().dropLast()
                continue
            case UInt8(ascii: "."):
                countDot()
                path.append(String(validating: part, as: UTF8.self) ?? "")
                part = []
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            default: part.append(byte)
            }
            position += 1
        }
        path.append(String(validating: part, as: UTF8.self) ?? "")
        return path
    }

    /// Goes to the end of the line that ends the statement.
    private mutating func skipValue() {
        var depth = 0
        dots = 0
        while let byte = current, problem == nil {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                skipString(multiline: true)
                continue
            case UInt8(ascii: "#"):
                skipComment()
                continue
            case UInt8(ascii: "\n"):
                if depth == 0 { return }
                line += 1
                dots = 0
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                dots = 0
                if depth > TOMLScanner.depthLimit { stop("nested deeper than \(TOMLScanner.depthLimit) levels") }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth = max(0, depth - 1)
                dots = 0
            case UInt8(ascii: ","), UInt8(ascii: "="): dots = 0
            case UInt8(ascii: "."): countDot()
            default: break
            }
            position += 1
        }
    }

    private mutating func skipComment() {
        while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func skipLineEnd() {
        position += 1
        line += 1
    }

    private mutating func countDot() {
        dots += 1
        if dots >= TOMLScanner.depthLimit { stop("a dotted key has more than \(TOMLScanner.depthLimit) parts") }
    }

    private mutating func stop(_ reason: String) {
        problem = TOMLSyntaxError(line: line, column: nil, reason: reason)
    }
}

extension TOMLScanner {
    /// Goes behind a string; one that does not end ends with its line, or with the document.
    private mutating func skipString(multiline: Bool) {
        let quote = bytes[position]
        let isMultiline = multiline && quoteRun(quote) >= 3
        position += isMultiline ? 3 : 1
        while let byte = current, problem == nil {
            switch byte {
            case quote where !isMultiline:
                position += 1
                return
            case quote:
                // Up to two quotes may stand before the closing three.
                let run = quoteRun(quote)
                position += min(run, 5)
                if run >= 3 { return }
            case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""): skipEscape()
            case UInt8(ascii: "\n"):
                if !isMultiline { return }
                skipLineEnd()
            default: position += 1
            }
        }
    }

    private func quoteRun(_ quote: UInt8) -> Int { bytes[position...].prefix(6).prefix { $0 == quote }.count }

    private mutating func skipEscape() {
        position += 1
        let rest = bytes[position...]
        for escape in ["u0000", "U00000000", "x00"] where rest.starts(with: escape.utf8) {
            stop("a NUL (\\\(escape)) is not allowed")
        }
        if let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
    }
}
