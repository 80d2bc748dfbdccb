/// One of the files that an export makes.
package struct ExportedFile: Sendable, Hashable {
    package let path: String
    package let mode: UInt16
    /// Without the last newline.
    package let text: String

    package init(path: String, mode: UInt16, text: String) {
        self.path = path
        self.mode = mode
        self.text = text
    }
}
