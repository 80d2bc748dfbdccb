/// Text broken between words.
enum Paragraph {
    /// Lines of at most `width` columns behind an indent; a longer word has a line of its own. Never empty.
    static func lines(_ text: String, width: Int, indent: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " \(word)"
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return (lines + [line]).map { String(repeating: " ", count: indent) + $0 }
    }
}
