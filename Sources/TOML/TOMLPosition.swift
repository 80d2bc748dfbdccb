/// A place in a document; both numbers count from 1.
package struct TOMLPosition: Hashable, Sendable {
    package let line: Int
    /// Counts characters (Unicode scalars), not bytes; a byte order mark is none.
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
