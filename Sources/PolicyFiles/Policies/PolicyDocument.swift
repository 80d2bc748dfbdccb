import Passthrough

/// The policies in the text of one file.
package struct PolicyDocument: Sendable {
    /// In order, those with errors included.
    package private(set) var entries: [PolicyEntry] = []
    package private(set) var errors: [PolicyError] = []
    package private(set) var warnings: [PolicyError] = []

    /// Reads the bytes of a file; `file` is its path as errors name it.
    ///
    /// Rejected, with one error and no entries: what is not UTF-8, NUL bytes, what is not TOML, dates, and nesting beyond
    /// `TOMLScanner.depthLimit`. Every other error is collected, however many there are.
    package init(_ bytes: [UInt8], file: String) {
        let scanner: TOMLScanner
        let root: [String: TOMLNode]
        do {
            (root, scanner) = try TOMLNode.checkedDocument(bytes)
        } catch {
            errors = [PolicyError(file: file, line: error.line, column: error.column, reason: error.reason)]
            return
        }
        let nodes = policies(root["policy"])
        let lines = PolicyLines(scanner.statements, policies: nodes?.count ?? 0)
        var reader = TableReader(
            root, known: ["policy"], elsewhere: PolicyDocument.keysOfPolicies,
            scope: ErrorScope(file: file, lines: lines))
        if nodes == nil, reader.has("policy") {
            reader.fail("policy", "must be written [[policy]], once for each policy")
        }
        errors = reader.errors
        for (index, node) in (nodes ?? []).enumerated() {
            read(node, file: file, ordinal: index + 1, lines: lines)
        }
    }

    private static let keysOfPolicies = Dictionary(
        (PolicyReader.keys + MatchReader.keys).map { ($0, "it belongs below a [[policy]] line") }
    ) { first, _ in first }

    private func policies(_ node: TOMLNode?) -> [TOMLNode]? {
        if case .array(let nodes)? = node { nodes } else { nil }
    }

    private mutating func read(_ node: TOMLNode, file: String, ordinal: Int, lines: PolicyLines) {
        guard case .table(let table) = node else {
            let scope = ErrorScope(file: file, policy: "#\(ordinal)", ordinal: ordinal, lines: lines)
            errors.append(scope.error("", "must be a table, below [[policy]], not \(node.typeName)"))
            return
        }
        let reader = PolicyReader(table, file: file, ordinal: ordinal, lines: lines)
        entries.append(reader.entry)
        errors += reader.errors
        warnings += reader.warnings
    }
}
