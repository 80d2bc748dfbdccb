/// A key by its bytes: Swift's strings are equal where only their normal forms are.
struct TOMLKeyBytes: Hashable {
    private let text: String

    init(_ text: String) { self.text = text }

    static func == (left: TOMLKeyBytes, right: TOMLKeyBytes) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
