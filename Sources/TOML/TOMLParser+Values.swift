import Passthrough

extension TOMLParser {
    /// Reads a value; `depth` counts the brackets around it.
    mutating func readValue(depth: Int) throws(TOMLError) -> TOMLNode {
        let position = here
        let value: TOMLValue
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): value = .string(try readString())
        case UInt8(ascii: "["):
            try checkDepth(depth)
            value = .array(try readArray(depth: depth + 1))
        case UInt8(ascii: "{"):
            try checkDepth(depth)
            value = try readInlineTable(depth: depth + 1)
        default: value = try readWord()
        }
        return TOMLNode(value, at: position)
    }

    private mutating func checkDepth(_ depth: Int) throws(TOMLError) {
        if depth >= TOMLDocument.depthLimit { throw error("brackets in more than \(TOMLDocument.depthLimit) levels") }
    }

    private mutating func readArray(depth: Int) throws(TOMLError) -> [TOMLNode] {
        var nodes: [TOMLNode] = []
        offset += 1
        try skipLines()
        while !take("]") {
            nodes.append(try readValue(depth: depth))
            try skipLines()
            if take("]") { break }
            guard take(",") else { throw expected("\",\" or \"]\"") }
            try skipLines()
        }
        return nodes
    }

    /// A number, a boolean, a date or a time.
    private mutating func readWord() throws(TOMLError) -> TOMLValue {
        let start = offset
        skipWord()
        // A date and a time may have a blank between them.
        if offset - start == 10, bytes[start + 4] == UInt8(ascii: "-"), isTime(bytes[offset...].dropFirst()) {
            offset += 1
            skipWord()
        }
        let word = bytes[start..<offset]
        if let value = TOMLParser.value(word) { return value }
        offset = start
        if word.isEmpty { throw expected("a value") }
        let text = MessageText.quoted(String(decoding: word, as: UTF8.self))
        if TOMLParser.isBigInteger(word) { throw error("\(text) is a number of more than 64 bits") }
        throw error("\(text) is not a number, a date, true or false; write text in quotes")
    }

    private mutating func skipWord() {
        while let byte = current, !" \t\r\n,]}#".utf8.contains(byte) { offset += 1 }
    }

    private func isTime(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.count > 2 && bytes[offset] == UInt8(ascii: " ") && rest[rest.startIndex + 2] == UInt8(ascii: ":")
    }

    private static func value(_ word: ArraySlice<UInt8>) -> TOMLValue? {
        if word.elementsEqual("true".utf8) { return .boolean(true) }
        if word.elementsEqual("false".utf8) { return .boolean(false) }
        if let number = TOMLNumber(word) { return number.value }
        return TOMLMoment(word).map { .moment($0) }
    }

    private static func isBigInteger(_ word: ArraySlice<UInt8>) -> Bool { TOMLNumber.isInteger(word) }
}
