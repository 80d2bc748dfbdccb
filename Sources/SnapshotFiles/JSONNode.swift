/// A value of a JSON document.
package enum JSONNode: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Int)
    /// A number that is no integer of 64 bits.
    case fraction
    case text(String)
    case list([JSONNode])
    /// In the order of the document.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSONNode
    }

    /// The type as a message names it: `a string`.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .fraction: "a number with a fraction or of more than 64 bits"
        case .text: "a string"
        case .list: "a list"
        case .object: "an object"
        }
    }

    package static func text(_ value: (some CustomStringConvertible)?) -> JSONNode {
        value.map { .text($0.description) } ?? .null
    }

    package static func number(_ value: (some BinaryInteger)?) -> JSONNode {
        value.flatMap { Int(exactly: $0) }.map { .number($0) } ?? .null
    }

    package static func texts(_ values: [some CustomStringConvertible]) -> JSONNode {
        .list(values.map { .text($0.description) })
    }

    /// An object with sorted keys.
    package static func object(_ fields: [String: JSONNode]) -> JSONNode {
        .object(fields.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: $0.value) })
    }
}
