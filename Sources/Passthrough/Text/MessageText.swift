/// Prints text that others wrote into a message of one line.
package enum MessageText {
    /// What is longer is cut: a message names a value, it does not carry a megabyte.
    private static let limit = 80

    /// The text with control characters, line separators and marks of direction as escapes, cut at 80 characters.
    package static func plain(_ text: String) -> String { plain(text, limit: limit) }

    /// A path, whole: its end is what tells it from others (PATH_MAX is 4,096 bytes).
    package static func path(_ text: String) -> String { plain(text, limit: 4096) }

    /// The text in double quotes, as `plain` prints it.
    package static func quoted(_ text: String) -> String { "\"\(plain(text))\"" }

    /// Quoted words as people list them: `"a", "b"`.
    package static func list(_ words: [String]) -> String { words.map(quoted).joined(separator: ", ") }

    fileprivate static func plain(_ text: String, limit: Int) -> String {
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
}

extension String {
    /// The whole text on one line, with what a terminal would act upon as escapes: names of mounts and files are of anybody's making.
    package var printable: String { MessageText.plain(self, limit: .max) }
}

extension Unicode.Scalar {
    /// Whether it may be shown to a terminal as it is: no control character, line separator or mark of direction.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
        default: true
        }
    }
}
