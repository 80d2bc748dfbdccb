import Passthrough

/// Prints text that others wrote into a message of one line.
enum MessageText {
    /// What is longer is cut: a message names a value, it does not carry a megabyte.
    static let limit = 80

    /// The text with control characters, line separators and marks of direction as escapes, cut at `limit`.
    static func plain(_ text: String, limit: Int = MessageText.limit) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return text }
        var plain = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count == limit { return plain + "…" }
            count += 1
            if scalar.isPrintable {
                plain.unicodeScalars.append(scalar)
            } else {
                plain += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return plain
    }

    /// A path, whole: its end is what tells it from others (PATH_MAX is 4,096 bytes).
    static func path(_ text: String) -> String { plain(text, limit: 4096) }

    /// The same in double quotes.
    static func quoted(_ text: String) -> String { "\"\(plain(text))\"" }

    /// Quoted words as people list them: `"a", "b"`.
    static func list(_ words: [String]) -> String { words.map(quoted).joined(separator: ", ") }
}
