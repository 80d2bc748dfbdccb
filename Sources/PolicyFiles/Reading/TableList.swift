package import TOML

/// The tables of an array such as `[[policy]]` or `[[case]]`, which is all that a file may have.
package struct TableList {
    package private(set) var tables: [(table: TOMLTable, scope: ErrorScope)] = []
    package private(set) var errors: [PolicyError] = []

    /// Reads the bytes of a file: what is not TOML gives one error and no tables, every other error is collected.
    ///
    /// `elsewhere` names keys that belong into the tables, with what to write instead.
    package init(
        _ bytes: [UInt8], of array: String, file: String, elsewhere: [String: String] = [:], isOptional: Bool = false
    ) {
        let root: TOMLTable
        do throws(PolicyError) {
            root = try TOMLTable(bytes, file: file)
        } catch {
            errors = [error]
            return
        }
        let scope = ErrorScope(file: file)
        var reader = TableReader(root, known: [array], elsewhere: elsewhere, scope: scope)
        switch root[array] {
        case nil where isOptional: break
        case .array(let nodes)? where isOptional || !nodes.isEmpty:
            for (index, node) in nodes.enumerated() {
                add(node, ErrorScope(file: file, item: array, name: "#\(index + 1)"))
            }
        case nil: errors.append(scope.error(array, "must be written [[\(array)]], once for each \(array)"))
        case _?: reader.fail(array, "must be written [[\(array)]], once for each \(array)")
        }
        errors = reader.errors + errors
    }

    private mutating func add(_ node: TOMLNode, _ scope: ErrorScope) {
        guard case .table(let table) = node.value else {
            let reason = "must be a table, below [[\(scope.item)]], not \(node.value.typeName)"
            errors.append(scope.error("", line: node.position.line, reason))
            return
        }
        tables.append((table, scope))
    }
}

extension TOMLTable {
    /// Parses the bytes of a file; a NUL is refused in every form, for the kernel's texts end at it.
    init(_ bytes: [UInt8], file: String) throws(PolicyError) {
        do throws(TOMLError) {
            let document = try TOMLDocument(bytes)
            if let nul = document.escapedNUL {
                throw TOMLError(at: nul, "a NUL (\\u0000) is not allowed")
            }
            self = document.root
        } catch {
            throw PolicyError(
                file: file, line: error.position.line, column: error.position.column, reason: error.reason)
        }
    }
}
