import Passthrough

extension TOMLScanner {
    /// Goes behind a value.
    mutating func scanValue(depth: Int) throws(TOMLSyntaxError) {
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try skipString()
        case UInt8(ascii: "["): try scanArray(depth: depth + 1)
        case UInt8(ascii: "{"): try scanInlineTable(depth: depth + 1)
        default: try scanBareValue()
        }
    }

    private mutating func scanArray(depth: Int) throws(TOMLSyntaxError) {
        try checkDepth(depth)
        position += 1
        try skipLines()
        while current != UInt8(ascii: "]") {
            try scanValue(depth: depth)
            try skipLines()
            if current == UInt8(ascii: "]") { break }
            try skip(UInt8(ascii: ","), "\",\" or \"]\"")
            try skipLines()
        }
        position += 1
    }

    private mutating func scanInlineTable(depth: Int) throws(TOMLSyntaxError) {
        try checkDepth(depth)
        position += 1
        skipBlanks()
        if current == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            _ = try scanKeyAndValue(depth: depth)
            skipBlanks()
            if current == UInt8(ascii: "}") { break }
            try skip(UInt8(ascii: ","), "\",\" or \"}\"")
        }
        position += 1
    }

    private func checkDepth(_ depth: Int) throws(TOMLSyntaxError) {
        if depth > TOMLScanner.depthLimit { throw error("brackets in more than \(TOMLScanner.depthLimit) levels") }
    }

    /// A number, `true` or `false`; whether the number is well formed is the parser's matter.
    private mutating func scanBareValue() throws(TOMLSyntaxError) {
        let start = position
        while let byte = current, !" \t\r\n,]}#".utf8.contains(byte) { position += 1 }
        let word = bytes[start..<position]
        if TOMLScanner.isNumberOrBoolean(word) { return }
        position = start
        if word.isEmpty { throw unexpected("a value") }
        let text = String(validating: word, as: UTF8.self) ?? "…"
        throw error("\(MessageText.quoted(text)) is no number, true or false; text stands in quotes")
    }

    private static func isNumberOrBoolean(_ word: ArraySlice<UInt8>) -> Bool {
        if word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8) { return true }
        var rest = word
        let isSigned = rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-")
        if isSigned { rest.removeFirst() }
        if rest.elementsEqual("inf".utf8) || rest.elementsEqual("nan".utf8) { return true }
        guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        for (prefix, digits) in [("0x", "0123456789abcdefABCDEF_"), ("0o", "01234567_"), ("0b", "01_")]
        where rest.starts(with: prefix.utf8) {
            return !isSigned && rest.count > 2 && rest.dropFirst(2).allSatisfy { digits.utf8.contains($0) }
        }
        var last = first
        for byte in rest {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                last = byte
            case UInt8(ascii: "+"), UInt8(ascii: "-"):
                guard last == UInt8(ascii: "e") || last == UInt8(ascii: "E") else { return false }
                last = byte
            default: return false
            }
        }
        return true
    }
}
