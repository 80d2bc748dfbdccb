import Passthrough

extension TOMLParser {
    /// A string of any of the four kinds.
    mutating func readString() throws(TOMLError) -> String {
        let start = here
        let quote = bytes[offset]
        if quoteRun(quote) >= 3 { return try readLongString(quote, start) }
        offset += 1
        var text: [UInt8] = []
        var begin = offset
        while let byte = current {
            switch byte {
            case quote:
                defer { offset += 1 }
                text += bytes[begin..<offset]
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""):
                text += bytes[begin..<offset]
                try readEscape(into: &text)
                begin = offset
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                throw TOMLError(at: start, "the string does not end on its line")
            default:
                if isControl(byte) { throw controlCharacter(byte) }
                offset += 1
            }
        }
        throw TOMLError(at: start, "the string does not end")
    }

    /// How many of these quotes come one after another, up to 6.
    func quoteRun(_ quote: UInt8) -> Int { bytes[offset...].prefix(6).prefix { $0 == quote }.count }

    private mutating func readLongString(_ quote: UInt8, _ start: TOMLPosition) throws(TOMLError) -> String {
        offset += 3
        if let byte = current, isLineEnd(byte) { try skipLineEnd() }
        var text: [UInt8] = []
        while let byte = current {
            switch byte {
            case quote:
                // One or two quotes may stand before the closing three.
                let run = min(quoteRun(quote), 5)
                offset += run
                text += repeatElement(quote, count: run >= 3 ? run - 3 : run)
                if run >= 3 { return String(decoding: text, as: UTF8.self) }
            case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""):
                if try !skipEscapedLineEnd() { try readEscape(into: &text) }
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                try skipLineEnd()
                text.append(UInt8(ascii: "\n"))
            default:
                if isControl(byte) { throw controlCharacter(byte) }
                text.append(byte)
                offset += 1
            }
        }
        throw TOMLError(at: start, "the string does not end")
    }

    /// Goes over a backslash at the end of a line and the blanks and line ends behind it.
    private mutating func skipEscapedLineEnd() throws(TOMLError) -> Bool {
        let start = offset
        offset += 1
        skipBlanks()
        guard let byte = current, isLineEnd(byte) else {
            offset = start
            return false
        }
        while let byte = current, isLineEnd(byte) {
            try skipLineEnd()
            skipBlanks()
        }
        return true
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(TOMLError) {
        let start = here
        offset += 1
        guard let byte = current else { return }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "u"): text += try readScalar(digits: 4, start)
        case UInt8(ascii: "U"): text += try readScalar(digits: 8, start)
        default:
            let reason =
                "unknown escape; known are \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX, and a '…' string has none"
            throw TOMLError(at: start, reason)
        }
    }

    private mutating func readScalar(digits: Int, _ start: TOMLPosition) throws(TOMLError) -> [UInt8] {
        let text = bytes[offset...].prefix(digits)
        guard let number = Hexadecimal.parse(text, digits: digits...digits) else {
            throw TOMLError(at: start, "an escape needs \(digits) hexadecimal digits")
        }
        guard let scalar = Unicode.Scalar(UInt32(number)) else {
            throw TOMLError(at: start, "\\u{\(String(number, radix: 16))} is no character of Unicode")
        }
        if number == 0, escapedNUL == nil { escapedNUL = start }
        offset += digits
        return Array(String(scalar).utf8)
    }
}
