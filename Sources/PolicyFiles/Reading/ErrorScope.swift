/// Where a table stands that is being read: gives its errors file, line, policy and key.
package struct ErrorScope: Sendable {
    package let file: String
    /// The policy's name or `#3`; nil outside of policies.
    package var policy: String?
    /// What `policy` is the name of: a case of a test file has another word.
    package var item = "policy"
    /// The keys above, each with its dot: `match.`.
    package var prefix = ""
    private let ordinal: Int
    private let lines: PolicyLines

    /// `ordinal` counts the policies of the file from 1; 0 is outside of them.
    package init(file: String, policy: String? = nil, ordinal: Int = 0, lines: PolicyLines = PolicyLines()) {
        self.file = file
        self.policy = policy
        self.ordinal = ordinal
        self.lines = lines
    }

    /// The scope of the table at a key.
    package func below(_ key: String) -> ErrorScope {
        var scope = self
        scope.prefix += key + "."
        return scope
    }

    /// The line of a key, or of the nearest table above it.
    package func line(of key: String) -> Int? { lines.line(policy: ordinal, key: prefix + key) }

    /// An error of a key; of the table itself if the key is empty.
    package func error(_ key: String, _ reason: String) -> PolicyError {
        let path = key.isEmpty ? String(prefix.dropLast()) : prefix + key
        var error = PolicyError(
            file: file, line: line(of: key), policy: policy, key: path.isEmpty ? nil : path, reason: reason)
        error.item = item
        return error
    }
}
