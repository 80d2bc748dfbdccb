import Passthrough

/// The tables of an array such as `[[case]]` in one TOML file, with the lines of their keys.
package struct TOMLTables {
    package private(set) var tables: [(table: [String: TOMLNode], scope: ErrorScope)] = []
    package private(set) var errors: [PolicyError] = []

    /// Reads the bytes of a file as policy files are read: what is no TOML gives one error and no tables.
    package init(_ bytes: [UInt8], of array: String, file: String) {
        let scanner: TOMLScanner
        let root: [String: TOMLNode]
        do {
            (root, scanner) = try TOMLNode.checkedDocument(bytes)
        } catch {
            errors = [PolicyError(file: file, line: error.line, column: error.column, reason: error.reason)]
            return
        }
        var nodes: [TOMLNode] = []
        if case .array(let entries)? = root[array] { nodes = entries }
        let lines = PolicyLines(scanner.statements, policies: nodes.count, array: array)
        var reader = TableReader(root, known: [array], scope: ErrorScope(file: file, lines: lines))
        if nodes.isEmpty { reader.fail(array, "must be written [[\(array)]], once for each \(array)") }
        errors = reader.errors
        for (index, node) in nodes.enumerated() {
            var scope = ErrorScope(file: file, policy: "#\(index + 1)", ordinal: index + 1, lines: lines)
            scope.item = array
            guard case .table(let table) = node else {
                errors.append(scope.error("", "must be a table, below [[\(array)]], not \(node.typeName)"))
                continue
            }
            if case .string(let name)? = table["name"] { scope.policy = name }
            tables.append((table, scope))
        }
    }
}
