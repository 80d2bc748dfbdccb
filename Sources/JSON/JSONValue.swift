/// A value of a JSON document; in what this program writes, absent facts are `null` and never missing.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Int)
    /// A number that is no integer of 64 bits.
    case fraction
    case text(String)
    case list([JSONValue])
    /// In the order of the document.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
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

    package static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
        value.map { .text($0.description) } ?? .null
    }

    package static func number(_ value: (some BinaryInteger)?) -> JSONValue {
        value.flatMap { Int(exactly: $0) }.map { .number($0) } ?? .null
    }

    package static func texts(_ values: [some CustomStringConvertible]) -> JSONValue {
        .list(values.map { .text($0.description) })
    }

    /// An object with sorted keys.
    package static func object(_ fields: [String: JSONValue]) -> JSONValue {
        .object(fields.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: $0.value) })
    }

    /// The members of an object by their keys; nil for another value.
    package var fields: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
    }

    /// The same value with sorted keys in every object, for a document that came from elsewhere.
    package var sorted: JSONValue {
        switch self {
        case .list(let values): .list(values.map(\.sorted))
        case .object(let members):
            .object(
                members.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: $0.value.sorted) })
        default: self
        }
    }

    /// The document on one line.
    package var text: String {
        var bytes: [UInt8] = []
        JSONText.append(self, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
