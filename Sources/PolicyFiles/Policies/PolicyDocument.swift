import Passthrough

/// The policies in the text of one file.
package struct PolicyDocument: Sendable {
    /// In order, those with errors included.
    package private(set) var entries: [PolicyEntry] = []
    package private(set) var errors: [PolicyError]
    package private(set) var warnings: [PolicyError] = []

    /// Reads the bytes of a file; `file` is its path as errors name it.
    ///
    /// What is not TOML, or has a NUL, gives one error and no entries. Every other error is collected, however many there are.
    package init(_ bytes: [UInt8], file: String) {
        let list = TableList(
            bytes, of: "policy", file: file, elsewhere: PolicyDocument.keysOfPolicies, isOptional: true)
        errors = list.errors
        for (table, scope) in list.tables {
            let reader = PolicyReader(table, scope: scope)
            entries.append(reader.entry)
            errors += reader.errors
            warnings += reader.warnings
        }
    }

    private static let keysOfPolicies = Dictionary(
        (PolicyReader.keys + MatchReader.keys).map { ($0, "it belongs below a [[policy]] line") }
    ) { first, _ in first }
}
