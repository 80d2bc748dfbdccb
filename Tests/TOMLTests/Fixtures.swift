@testable import TOML

func parse(_ text: String) throws(TOMLError) -> TOMLTable { try TOMLDocument(Array(text.utf8)).root }

/// A document in one line, keys in its order: `{a=1, b=["x", {}]}`.
func shape(_ text: String) throws(TOMLError) -> String { shape(.table(try parse(text))) }

func shape(_ value: TOMLValue) -> String {
    switch value {
    case .string(let text): text.debugDescription
    case .integer(let number): String(number)
    case .float(let number): "\(number)f"
    case .boolean(let value): String(value)
    case .moment(let moment): moment.text
    case .array(let nodes): "[\(nodes.map { shape($0.value) }.joined(separator: ", "))]"
    case .table(let table):
        "{\(table.members.map { "\($0.key)=\(shape($0.node.value))" }.joined(separator: ", "))}"
    }
}

/// The error of a document as `line:column: reason`; nil where there is none.
func complaint(_ text: String) -> String? { complaint(Array(text.utf8)) }

func complaint(_ bytes: [UInt8]) -> String? {
    do throws(TOMLError) {
        _ = try TOMLDocument(bytes)
        return nil
    } catch {
        return "\(error.position.line):\(error.position.column): \(error.reason)"
    }
}
