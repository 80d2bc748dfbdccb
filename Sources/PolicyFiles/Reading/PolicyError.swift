import Passthrough

/// One thing that is wrong with a policy file or folder, and its place.
///
/// Printed on one line, `file:line:column: policy name: key: reason`; parts that are not known are left out. Control characters of
/// the file are printed as escapes, so that no file can write to a terminal.
package struct PolicyError: Error, Hashable, Sendable {
    /// The path as seen without `--root`.
    package var file: String
    /// Counted from 1; the line of the value or key, or of the table that it belongs to.
    package var line: Int?
    /// Counted from 1; known for errors of syntax only.
    package var column: Int?
    /// What `name` is the name of: `policy`, or `case` in a test file.
    package var item: String
    /// The policy's name; `#3` for the third policy of the file where the name is missing or bad.
    package var name: String?
    /// With the tables above it: `match.id`.
    package var key: String?
    /// What is wrong and what would be right.
    package var reason: String

    package init(
        file: String, line: Int? = nil, column: Int? = nil, item: String = "policy", name: String? = nil,
        key: String? = nil, reason: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.item = item
        self.name = name
        self.key = key
        self.reason = reason
    }
}

extension PolicyError: CustomStringConvertible {
    package var description: String {
        var place = MessageText.path(file)
        if let line { place += ":\(line)" }
        if line != nil, let column { place += ":\(column)" }
        var parts = [place]
        if let name { parts.append("\(item) \(MessageText.plain(name))") }
        if let key { parts.append(MessageText.plain(key)) }
        return (parts + [reason]).joined(separator: ": ")
    }
}
