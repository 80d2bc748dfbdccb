/// Where and why a document is not TOML.
struct TOMLSyntaxError: Error, Hashable, Sendable {
    let line: Int?
    let column: Int?
    let reason: String
}
