extension TOMLScanner {
    /// Goes behind a string of any of the four kinds; its inside is the parser's matter, escaped NULs apart.
    mutating func skipString() throws(TOMLSyntaxError) {
        let start = self
        let quote = bytes[position]
        let isMultiline = quoteRun(quote) >= 3
        position += isMultiline ? 3 : 1
        while let byte = current {
            switch byte {
            case quote where !isMultiline:
                position += 1
                return
            case quote:
                // One or two quotes may stand before the closing three.
                let run = quoteRun(quote)
                position += min(run, 5)
                if run >= 3 { return }
            case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""): try skipEscape()
            case UInt8(ascii: "\n"):
                if !isMultiline { throw start.error("the string does not end on its line") }
                skipLineFeed()
            default: position += 1
            }
        }
        throw start.error("the string does not end")
    }

    /// How many of these quotes stand here one after another, up to 6.
    func quoteRun(_ quote: UInt8) -> Int { bytes[position...].prefix(6).prefix { $0 == quote }.count }

    private mutating func skipEscape() throws(TOMLSyntaxError) {
        let rest = bytes[(position + 1)...]
        for escape in ["u0000", "U00000000", "x00"] where rest.starts(with: escape.utf8) {
            throw error("a NUL (\\\(escape)) is not allowed")
        }
        position += 1
        if let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
    }
}
