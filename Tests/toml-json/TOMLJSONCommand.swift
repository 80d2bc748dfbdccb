import HostFiles
import JSON
import TOML

/// Prints each TOML file that it is given as one line of JSON, for tests that compare it with another reader.
///
/// A value is `[type, text, line, column]`, where the text of an array is a list of such values and that of a table a list of
/// `[key, line, column, value]`. What is not TOML gives `["error", reason, line, column]`.
@main
enum TOMLJSONCommand {
    static func main() throws {
        for path in CommandLine.arguments.dropFirst() {
            let bytes = try Root.host.read(path, limit: 1 << 24)
            let node: JSONValue
            do throws(TOMLError) {
                let root = try TOMLDocument(bytes).root
                node = json(TOMLNode(.table(root), at: root.position))
            } catch {
                node = entry("error", .text(error.reason), error.position)
            }
            print(node.text)
        }
    }

    private static func json(_ node: TOMLNode) -> JSONValue {
        switch node.value {
        case .string(let text): entry("string", .text(text), node.position)
        case .integer(let number): entry("integer", .text(String(number)), node.position)
        case .float(let number): entry("float", .text(number.description), node.position)
        case .boolean(let value): entry("boolean", .bool(value), node.position)
        case .moment(let moment): entry("moment", .text(moment.text), node.position)
        case .array(let nodes): entry("array", .list(nodes.map(json)), node.position)
        case .table(let table):
            entry(
                "table",
                .list(
                    table.members.map { member in
                        .list([
                            .text(member.key), .number(member.position.line), .number(member.position.column),
                            json(member.node),
                        ])
                    }), node.position)
        }
    }

    private static func entry(_ type: String, _ value: JSONValue, _ position: TOMLPosition) -> JSONValue {
        .list([.text(type), value, .number(position.line), .number(position.column)])
    }
}
