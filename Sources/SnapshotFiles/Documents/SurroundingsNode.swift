import JSON
import Passthrough

/// What stands around the functions, in a snapshot: an object with the keys of `SurroundingsField`.
enum SurroundingsNode {
    static func node(_ surroundings: Surroundings) -> JSONValue {
        .object(SurroundingsField.all.map { JSONValue.Member(key: $0.name, value: $0.write(surroundings)) })
    }

    /// Keys that are not there keep their defaults.
    static func surroundings(_ node: JSONValue) throws(JSONError) -> Surroundings {
        var surroundings = Surroundings()
        try node.eachMember { (key, value) throws(JSONError) in
            guard let field = SurroundingsField.all.first(where: { $0.name == key }) else {
                throw JSONValue.unknown(key, among: SurroundingsField.all.map(\.name))
            }
            try field.read(value, &surroundings)
        }
        return surroundings
    }
}

extension JSONValue {
    /// The same value with every text changed; keys stay.
    func mapTexts(_ change: (String) -> String) -> JSONValue {
        switch self {
        case .text(let text): .text(change(text))
        case .list(let values): .list(values.map { $0.mapTexts(change) })
        case .object(let members):
            .object(members.map { Member(key: $0.key, value: $0.value.mapTexts(change)) })
        default: self
        }
    }
}
