/// Reads one JSON document (RFC 8259), strictly and in one pass.
///
/// Rejected: what is not UTF-8, anything behind the value, keys that are given twice, lone surrogates, and nesting beyond
/// `depthLimit`.
package struct JSONParser {
    /// A snapshot needs five.
    static let depthLimit = 32

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    /// The value of a document; throws the first error with line and column.
    package static func document(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw JSONError("", "not UTF-8") }
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            return parser.whole()
        }
        return try result.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func whole() -> Result<JSONValue, JSONError> {
        do throws(JSONError) {
            skipBlanks()
            let node = try value()
            skipBlanks()
            if position < bytes.count { throw unexpected("the end of the file") }
            return .success(node)
        } catch {
            return .failure(error)
        }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch current {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try list()
        case let byte? where byte == UInt8(ascii: "-") || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
            return try number()
        default:
            if take("null") { return .null }
            if take("true") { return .bool(true) }
            if take("false") { return .bool(false) }
            throw unexpected("a value")
        }
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    private mutating func deeper() throws(JSONError) {
        depth += 1
        position += 1
        if depth > JSONParser.depthLimit { throw error("nested more than \(JSONParser.depthLimit) times") }
        skipBlanks()
    }

    private mutating func list() throws(JSONError) -> JSONValue {
        try deeper()
        defer { depth -= 1 }
        var values: [JSONValue] = []
        if isEnd(UInt8(ascii: "]")) { return .list(values) }
        while true {
            values.append(try value())
            if try !isMore(UInt8(ascii: "]")) { return .list(values) }
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try deeper()
        defer { depth -= 1 }
        var members: [JSONValue.Member] = []
        if isEnd(UInt8(ascii: "}")) { return .object(members) }
        members.reserveCapacity(24)
        while true {
            guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
            let key = try string()
            // Sorted keys, which is how they are written, need no look at those before.
            if let last = members.last, last.key >= key, members.contains(where: { $0.key == key }) {
                throw error("the key \(key.debugDescription) is there twice")
            }
            skipBlanks()
            guard current == UInt8(ascii: ":") else { throw unexpected("a colon") }
            position += 1
            skipBlanks()
            members.append(JSONValue.Member(key: key, value: try value()))
            if try !isMore(UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func isEnd(_ end: UInt8) -> Bool {
        guard current == end else { return false }
        position += 1
        return true
    }

    /// Goes over a comma, or over the end.
    private mutating func isMore(_ end: UInt8) throws(JSONError) -> Bool {
        skipBlanks()
        if isEnd(end) { return false }
        guard current == UInt8(ascii: ",") else { throw unexpected("a comma or \"\(UnicodeScalar(end))\"") }
        position += 1
        skipBlanks()
        return true
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let first = position
        digits()
        let isPlain = position > first && (bytes[first] != UInt8(ascii: "0") || position == first + 1)
        guard isPlain else { throw error("a bad number") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try someDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try someDigits()
        }
        guard isInteger else { return .fraction }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Int(text).map { .number($0) } ?? .fraction
    }

    private mutating func digits() {
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    }

    private mutating func someDigits() throws(JSONError) {
        let start = position
        digits()
        if position == start { throw error("a bad number") }
    }

    /// A string; nearly all have no escape and are taken as they stand.
    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw error("a control character in a string") }
            position += 1
        }
        throw unexpected("the end of a string")
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<position])
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += String(try escape()).utf8
            case 0..<0x20: throw error("a control character in a string")
            default: text.append(byte)
            }
        }
        throw unexpected("the end of a string")
    }

    private mutating func escape() throws(JSONError) -> Character {
        defer { position += 1 }
        switch current {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try unicodeEscape())
        default: throw error("a bad escape")
        }
    }

    /// The scalar of `\uXXXX` or of two of them; stands on the last digit afterwards.
    private mutating func unicodeEscape() throws(JSONError) -> UnicodeScalar {
        let first = try fourDigits()
        if let scalar = UnicodeScalar(first) { return scalar }
        guard (0xd800..<0xdc00).contains(first) else { throw error("half of a pair of surrogates") }
        position += 1
        guard take("\\u") else { throw error("half of a pair of surrogates") }
        position -= 1
        let second = try fourDigits()
        guard (0xdc00..<0xe000).contains(second),
            let scalar = UnicodeScalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw error("half of a pair of surrogates") }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        guard position + 4 < bytes.count,
            let value = UInt32(String(decoding: bytes[(position + 1)...(position + 4)], as: UTF8.self), radix: 16),
            bytes[position + 1] != UInt8(ascii: "+"), bytes[position + 1] != UInt8(ascii: "-")
        else { throw error("a bad escape") }
        position += 4
        return value
    }

    private func error(_ reason: String) -> JSONError {
        let before = bytes[..<min(position, bytes.count)]
        let line = 1 + before.count { $0 == 0x0a }
        let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        return JSONError("\(line):\(before.count - start + 1)", reason)
    }

    private func unexpected(_ wanted: String) -> JSONError {
        position < bytes.count
            ? error("not JSON: \(wanted) should stand here") : error("ends where \(wanted) should stand")
    }
}
