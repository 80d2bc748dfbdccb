import JSON
import TOML

extension JSONValue {
    init(_ value: TOMLValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .integer(let number): self = .number(number)
        case .boolean(let value): self = .bool(value)
        case .array(let nodes): self = .list(nodes.map { JSONValue($0.value) })
        case .table(let table):
            self = .object(table.members.map { Member(key: $0.key, value: JSONValue($0.node.value)) })
        case .float, .moment: self = .fraction
        }
    }
}
