import Passthrough

/// What the policy language has and this version does not do yet.
///
/// Such a key is never passed over: a policy without one of its conditions would take functions that it was not meant for.
enum Unsupported {
    static let reason = "not supported by this version yet"
    static let matchKeys = ["path", "slot", "serial", "removable", "numa_node", "fid", "uid", "pchid"]
    private static let removableValues = ["removable", "fixed", "unknown"]

    /// Reads the unsupported keys of `match` or `except` for their types, and reports each.
    static func readMatch(_ reader: inout TableReader) {
        for key in matchKeys where reader.has(key) {
            reader.fail(key, reason)
            switch key {
            case "numa_node": readNumbers(key, &reader)
            case "removable": _ = reader.values(key, .word(among: removableValues))
            case "fid", "uid", "pchid": _ = reader.values(key, hexadecimal)
            case "serial": _ = reader.values(key, serial)
            default: _ = reader.values(key, .nonEmptyText)
            }
        }
    }

    /// Reads `access` of a policy, and reports it.
    static func readAccess(_ reader: inout TableReader) {
        guard reader.has("access") else { return }
        reader.fail("access", reason)
        guard let table = reader.table("access") else { return }
        var access = TableReader(table, known: ["user", "group", "mode"], scope: reader.scope.below("access"))
        for key in ["user", "group", "mode"] { _ = access.value(key, .nonEmptyText) }
        reader.take(access.errors)
    }

    private static func readNumbers(_ key: String, _ reader: inout TableReader) {
        let nodes =
            switch reader.node(key) {
            case .array(let nodes)?: nodes
            case let node?: [node]
            case nil: [TOMLNode]()
            }
        let areNumbers = nodes.allSatisfy { if case .integer(0...) = $0 { true } else { false } }
        if nodes.isEmpty || !areNumbers { reader.fail(key, "must be a number from 0 or a list of them") }
    }

    private static var hexadecimal: ValueForm<UInt64> {
        ValueForm(example: "\"0x100\"", parse: hexadecimalValue) { _ in
            "must be a hexadecimal number of at most 32 bits, such as \"100\" or \"0x100\""
        }
    }

    private static func hexadecimalValue(_ text: String) -> UInt64? {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.utf8.dropFirst(2) : text.utf8[...]
        guard let value = Hexadecimal.parse(digits, digits: 1...16), value <= UInt64(UInt32.max) else { return nil }
        return value
    }

    private static var serial: ValueForm<String> {
        ValueForm(example: "\"00-00-c9-ff-ff-00-00-01\"", parse: serialValue) { _ in
            "must be eight pairs of hexadecimal digits, such as \"00-00-c9-ff-ff-00-00-01\""
        }
    }

    private static func serialValue(_ text: String) -> String? {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.count == 8 && parts.allSatisfy { Hexadecimal.parse($0, digits: 2...2) != nil } ? text : nil
    }
}
