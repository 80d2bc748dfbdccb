/// A text of others on one line.
enum MessageLine {
    static func plain(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
