/// The keys of a table, in the order of the document.
package struct TOMLTable: Sendable {
    /// One key and its value.
    package struct Member: Sendable {
        package let key: String
        /// Of the key; where several statements fill one table, of its key in the first of them.
        package let position: TOMLPosition
        package let node: TOMLNode
    }

    package let members: [Member]
    /// Of its header, its brace, or the dotted key that made it.
    package let position: TOMLPosition

    package init(_ members: [Member], at position: TOMLPosition) {
        self.members = members
        self.position = position
    }

    package var isEmpty: Bool { members.isEmpty }

    /// The member of a key. Keys are compared by their bytes, as TOML does, not by what they look like.
    package func member(_ key: String) -> Member? {
        members.first { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// The value of a key.
    package subscript(key: String) -> TOMLValue? { member(key)?.node.value }
}
