/// Where and why a document is not TOML.
package struct TOMLError: Error, Hashable, Sendable {
    package let position: TOMLPosition
    /// What is wrong, on one line of printable characters.
    package let reason: String

    package init(at position: TOMLPosition, _ reason: String) {
        self.position = position
        self.reason = reason
    }
}
