/// A value of a document and where it begins.
package struct TOMLNode: Sendable {
    package let value: TOMLValue
    /// Of the first character of the value; of the header for a table that has one.
    package let position: TOMLPosition

    package init(_ value: TOMLValue, at position: TOMLPosition) {
        self.value = value
        self.position = position
    }
}
