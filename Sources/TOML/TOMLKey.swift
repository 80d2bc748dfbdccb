/// One part of a dotted key, and where it begins.
struct TOMLKey {
    let text: String
    let position: TOMLPosition
}

extension Collection<TOMLKey> {
    /// The whole key as a message names it.
    var path: String { map(\.text).joined(separator: ".") }
}
