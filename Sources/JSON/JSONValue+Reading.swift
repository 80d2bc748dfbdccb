/// Typed reading: each function gives the value, or throws what is expected instead.
extension JSONValue {
    package func fails(_ wanted: String) -> JSONError { JSONError("", "must be \(wanted), not \(typeName)") }

    package func string() throws(JSONError) -> String {
        guard case .text(let text) = self else { throw fails("a string") }
        return text
    }

    package func flag() throws(JSONError) -> Bool {
        guard case .bool(let value) = self else { throw fails("true or false") }
        return value
    }

    /// An integer in the range of a type.
    package func integer<Number: FixedWidthInteger>() throws(JSONError) -> Number {
        let wanted = "a number from \(Number.min) to \(Number.max)"
        guard case .number(let value) = self else { throw fails(wanted) }
        guard let number = Number(exactly: value) else { throw JSONError("", "\(value): must be \(wanted)") }
        return number
    }

    /// A string of this form.
    package func parsed<Value>(_ wanted: String, _ parse: (String) -> Value?) throws(JSONError) -> Value {
        let text = try string()
        guard let value = parse(text) else { throw JSONError("", "\(text.debugDescription): must be \(wanted)") }
        return value
    }

    /// Every entry of a list; errors name its place, from 0.
    package func entries<Value>(_ read: (JSONValue) throws(JSONError) -> Value) throws(JSONError) -> [Value] {
        guard case .list(let nodes) = self else { throw fails("a list") }
        var values: [Value] = []
        values.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            do throws(JSONError) {
                values.append(try read(node))
            } catch {
                throw error.below("[\(index)]")
            }
        }
        return values
    }

    /// The members of an object.
    package func members() throws(JSONError) -> [Member] {
        guard case .object(let members) = self else { throw fails("an object") }
        return members
    }

    /// Reads each member; null is as good as a key that is not there. Errors name the key.
    package func eachMember(_ read: (String, JSONValue) throws(JSONError) -> Void) throws(JSONError) {
        for member in try members() where member.value != .null {
            do throws(JSONError) {
                try read(member.key, member.value)
            } catch {
                throw error.below(member.key)
            }
        }
    }
}
