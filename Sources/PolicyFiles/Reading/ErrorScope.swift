/// What a table belongs to that is being read: gives its errors file, item and key.
package struct ErrorScope: Sendable {
    package let file: String
    /// What `name` is the name of: `policy`, or `case` in a test file.
    package var item = "policy"
    /// The name of the policy, or `#3`; nil outside of policies.
    package var name: String?
    /// The keys above, each with its dot: `match.`.
    private var prefix = ""

    package init(file: String, item: String = "policy", name: String? = nil) {
        self.file = file
        self.item = item
        self.name = name
    }

    /// The scope of the table at a key.
    package func below(_ key: String) -> ErrorScope {
        var scope = self
        scope.prefix += key + "."
        return scope
    }

    /// An error of a key; of the table itself if the key is empty.
    package func error(_ key: String, line: Int? = nil, _ reason: String) -> PolicyError {
        let path = key.isEmpty ? String(prefix.dropLast()) : prefix + key
        return PolicyError(
            file: file, line: line, item: item, name: name, key: path.isEmpty ? nil : path, reason: reason)
    }
}
