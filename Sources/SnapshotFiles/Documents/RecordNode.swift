import JSON
import Passthrough

/// What this program did to a function, in a snapshot.
enum RecordNode {
    private static let keys = [
        "address", "id", "instance", "method", "native_driver", "native_override", "note", "override_written", "phase",
        "policy", "target", "time",
    ]

    static func node(_ record: FunctionRecord) -> JSONValue {
        .object([
            "address": .text(record.address), "id": .text(record.id), "instance": .text(record.instance),
            "method": .text(record.method.rawValue), "native_driver": .text(record.nativeDriver),
            "native_override": .text(record.nativeOverride), "note": .text(record.note),
            "override_written": .bool(record.overrideWritten), "phase": .text(record.phase.rawValue),
            "policy": .text(record.policy), "target": .text(record.target), "time": .number(record.time),
        ])
    }

    static func record(_ node: JSONValue) throws(JSONError) -> FunctionRecord {
        var values: [String: JSONValue] = [:]
        for member in try node.members() where member.value != .null {
            guard keys.contains(member.key) else {
                throw JSONValue.unknown(member.key, among: keys).below(member.key)
            }
            values[member.key] = member.value
        }
        func optional<Value>(_ key: String, _ read: (JSONValue) throws(JSONError) -> Value) throws(JSONError)
            -> Value?
        {
            guard let value = values[key] else { return nil }
            do throws(JSONError) {
                return try read(value)
            } catch {
                throw error.below(key)
            }
        }
        func required<Value>(_ key: String, _ read: (JSONValue) throws(JSONError) -> Value) throws(JSONError)
            -> Value
        {
            guard let value = try optional(key, read) else { throw JSONError("", "\(key) is missing") }
            return value
        }
        let text = { (node: JSONValue) throws(JSONError) in try node.string() }
        let driver = { (node: JSONValue) throws(JSONError) in try node.driver() }
        return FunctionRecord(
            address: try required("address") { (node) throws(JSONError) in try node.address() },
            instance: try optional("instance") { (node) throws(JSONError) in
                try node.parsed("a number in quotes") { UInt64($0) }
            } ?? 0,
            id: try required("id") { (node) throws(JSONError) in try node.id() },
            nativeDriver: try optional("native_driver", driver), nativeOverride: try optional("native_override", text),
            target: try required("target", driver),
            method: try required("method") { (node) throws(JSONError) in try node.choice() },
            overrideWritten: try optional("override_written") { (node) throws(JSONError) in try node.flag() }
                ?? false,
            policy: try optional("policy", text),
            phase: try required("phase") { (node) throws(JSONError) in try node.choice() },
            time: try optional("time") { (node) throws(JSONError) in try node.integer() } ?? 0,
            note: try optional("note", text) ?? "")
    }
}
