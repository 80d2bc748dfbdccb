package import JSON
package import Passthrough

/// One function of a snapshot, with what is known of it besides its own attributes.
package struct CapturedFunction: Sendable {
    package var function: PCIFunction
    package var nodes = VFIONodes()
    package var uses: [Guard: UseFinding] = [:]

    package init(_ function: PCIFunction) { self.function = function }

    /// Reads an object whose keys are those of `FunctionField`; at least `address` and `id` must be there.
    package init(_ node: JSONValue) throws(JSONError) {
        let members = try node.members()
        func required<Value>(_ key: String, _ read: (JSONValue) throws(JSONError) -> Value) throws(JSONError)
            -> Value
        {
            guard let member = members.first(where: { $0.key == key }) else {
                throw JSONError("", "\(key) is missing")
            }
            do throws(JSONError) {
                return try read(member.value)
            } catch {
                throw error.below(key)
            }
        }
        self.init(
            PCIFunction(
                address: try required("address") { (node) throws(JSONError) in try node.address() },
                id: try required("id") { (node) throws(JSONError) in try node.id() }))
        // Keys come in the order of the table, mostly: the search goes on where it ended.
        var next = 0
        let fields = FunctionField.all
        for member in members {
            var tries = 0
            while tries < fields.count, fields[next].name != member.key {
                next = next + 1 < fields.count ? next + 1 : 0
                tries += 1
            }
            do throws(JSONError) {
                if tries == fields.count { throw JSONValue.unknown(member.key, among: fields.map(\.name)) }
                if member.value != .null { try fields[next].read(member.value, &self) }
            } catch {
                throw error.below(member.key)
            }
        }
    }

    var node: JSONValue {
        .object(FunctionField.all.map { JSONValue.Member(key: $0.name, value: $0.write(self)) })
    }
}
