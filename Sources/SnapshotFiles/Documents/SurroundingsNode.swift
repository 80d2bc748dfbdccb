import FoundationEssentials
import Passthrough

/// What stands around the functions, in a snapshot: an object with the coding keys of `Surroundings`.
enum SurroundingsNode {
    static func node(_ surroundings: Surroundings) -> JSONNode {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(surroundings),
            case .object(let members)? = try? JSONParser.document(Array(data))
        else { return .null }
        // The encoder leaves out what is nil.
        let written = Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let names = Surroundings.CodingKeys.allCases.map(\.rawValue)
        return .object(Dictionary(uniqueKeysWithValues: names.map { ($0, written[$0] ?? .null) }))
    }

    /// Keys that are not there keep their defaults.
    static func surroundings(_ node: JSONNode) throws(SnapshotError) -> Surroundings {
        let given = try node.members()
        let known = try self.node(Surroundings()).members()
        for member in given where Surroundings.CodingKeys(rawValue: member.key) == nil {
            let names = Surroundings.CodingKeys.allCases.map(\.rawValue).sorted()
            throw JSONNode.unknown(member.key, among: names).below(member.key)
        }
        let keys = Set(given.map(\.key))
        var bytes: [UInt8] = []
        JSONText.append(.object(given + known.filter { !keys.contains($0.key) }), to: &bytes)
        do {
            return try JSONDecoder().decode(Surroundings.self, from: Data(bytes))
        } catch let DecodingError.typeMismatch(_, context) {
            throw mistake(context)
        } catch let DecodingError.valueNotFound(_, context) {
            throw mistake(context)
        } catch let DecodingError.keyNotFound(_, context) {
            throw mistake(context)
        } catch let DecodingError.dataCorrupted(context) {
            throw mistake(context)
        } catch {
            throw SnapshotError("", "not readable")
        }
    }

    private static func mistake(_ context: DecodingError.Context) -> SnapshotError {
        SnapshotError(
            context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: "."),
            context.debugDescription)
    }
}

extension JSONNode {
    /// The same value with every text changed; keys stay.
    func mapTexts(_ change: (String) -> String) -> JSONNode {
        switch self {
        case .text(let text): .text(change(text))
        case .list(let values): .list(values.map { $0.mapTexts(change) })
        case .object(let members):
            .object(members.map { Member(key: $0.key, value: $0.value.mapTexts(change)) })
        default: self
        }
    }
}
