import JSON

/// The members of a small object, of which each key is known.
struct Fields {
    private var values: [String: JSONValue] = [:]

    init(_ node: JSONValue, _ known: [String]) throws(JSONError) {
        for member in try node.members() {
            guard known.contains(member.key) else {
                throw JSONValue.unknown(member.key, among: known).below(member.key)
            }
            values[member.key] = member.value
        }
    }

    subscript(key: String) -> JSONValue { values[key] ?? .null }

    func string(_ key: String) throws(JSONError) -> String {
        do throws(JSONError) {
            return try self[key].string()
        } catch {
            throw error.below(key)
        }
    }

    func optional(_ key: String) throws(JSONError) -> String? { self[key] == .null ? nil : try string(key) }
}
