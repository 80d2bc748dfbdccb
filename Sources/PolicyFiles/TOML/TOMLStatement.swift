/// A header or a key of a TOML document and the line on which it begins.
struct TOMLStatement: Hashable, Sendable {
    enum Kind: Sendable {
        /// `[a.b]`
        case header
        /// `[[a]]`
        case arrayHeader
        /// `a.b = …`
        case key
    }

    let kind: Kind
    let path: [String]
    /// Counted from 1.
    let line: Int
}
