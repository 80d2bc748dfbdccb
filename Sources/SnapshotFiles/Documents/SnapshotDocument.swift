package import JSON
package import Passthrough

/// Reads a snapshot that `SnapshotText` wrote, or that a person made from one.
///
/// Only `schema` and `functions` must be there; null is as good as a missing key. Rejected: unknown keys, wrong types, an address that
/// is there twice.
package struct SnapshotDocument {
    private static let keys = [
        "begun_ids", "complete", "contested", "denylist_disabled", "drivers", "functions", "history", "holds",
        "kernel_release", "modules", "names", "noiommu", "records", "redacted", "registered_ids", "schema", "stuck",
        "surroundings", "variant_aliases",
    ]

    private var capture = HostCapture(snapshot: HostSnapshot(functions: []))
    private var functions: [PCIFunction]?
    private var hasSchema = false

    package static func capture(_ bytes: [UInt8]) throws(JSONError) -> HostCapture {
        var document = SnapshotDocument()
        let root = try JSONParser.document(bytes)
        try root.eachMember { (key, node) throws(JSONError) in
            if try !document.readOfHost(key, node), try !document.readOfProgram(key, node) {
                throw JSONValue.unknown(key, among: keys)
            }
        }
        guard document.hasSchema else { throw JSONError("", "schema is missing; is this a snapshot?") }
        guard let functions = document.functions else { throw JSONError("", "functions is missing") }
        var capture = document.capture
        capture.snapshot = capture.snapshot.replacing(functions)
        return capture
    }

    /// What the kernel and the folders of the host say; false for a key of another kind.
    private mutating func readOfHost(_ key: String, _ node: JSONValue) throws(JSONError) -> Bool {
        switch key {
        case "functions": try readFunctions(node)
        case "noiommu": capture.snapshot.allowsNoIOMMU = try node.flag()
        case "denylist_disabled": capture.snapshot.ignoresDenyList = try node.flag()
        case "kernel_release": capture.kernelRelease = try node.string()
        case "surroundings": capture.surroundings = try SurroundingsNode.surroundings(node)
        case "drivers":
            capture.drivers = Set(try node.entries { (node) throws(JSONError) in try node.driver() })
        case "modules": capture.modules = try modules(node)
        case "variant_aliases":
            capture.variantAliases = try node.entries { (node) throws(JSONError) in
                let fields = try Fields(node, ["module", "pattern"])
                return ModuleAlias(pattern: try fields.string("pattern"), module: try fields.string("module"))
            }
        case "names":
            for names in try node.entries({ (node) throws(JSONError) in
                try Fields(node, ["device", "id", "vendor"])
            }) {
                capture.names[try names["id"].id()] = CardNames(
                    vendor: try names.optional("vendor"), device: try names.optional("device"))
            }
        default: return false
        }
        return true
    }

    /// What this program did and remembers; false for a key of another kind.
    private mutating func readOfProgram(_ key: String, _ node: JSONValue) throws(JSONError) -> Bool {
        let addresses = { (node: JSONValue) throws(JSONError) in
            Set(try node.entries { (node) throws(JSONError) in try node.address() })
        }
        switch key {
        case "schema":
            let text = try node.string()
            guard text == SnapshotText.schema else {
                throw JSONError("", "\(text.debugDescription): must be \"\(SnapshotText.schema)\"")
            }
            hasSchema = true
        case "complete": capture.snapshot.isComplete = try node.flag()
        case "redacted": capture.isRedacted = try node.flag()
        case "records":
            for record in try node.entries({ (node) throws(JSONError) in try RecordNode.record(node) }) {
                capture.snapshot.records[record.address] = record
            }
        case "history": try readHistory(node)
        case "holds": capture.snapshot.holds = try addresses(node)
        case "contested": capture.contested = try addresses(node)
        case "stuck":
            for entry in try node.entries({ (node) throws(JSONError) in try Fields(node, ["address", "text"]) }) {
                capture.stuck[try entry["address"].address()] = try entry.string("text")
            }
        case "registered_ids": capture.snapshot.registeredIDs = try SnapshotDocument.ids(node)
        case "begun_ids": capture.snapshot.begunIDs = try SnapshotDocument.ids(node)
        default: return false
        }
        return true
    }

    private static func ids(_ node: JSONValue) throws(JSONError) -> [DriverName: Set<PCIID>] {
        var ids: [DriverName: Set<PCIID>] = [:]
        for entry in try node.entries({ (node) throws(JSONError) in try Fields(node, ["driver", "ids"]) }) {
            let list = try entry["ids"].entries { (node) throws(JSONError) in try node.id() }
            ids[try entry["driver"].driver()] = Set(list)
        }
        return ids
    }

    private mutating func readHistory(_ node: JSONValue) throws(JSONError) {
        for entry in try node.entries({ (node) throws(JSONError) in
            try Fields(node, ["address", "result", "time", "what"])
        }) {
            let address = try entry["address"].address()
            let event = HistoryEntry(
                time: try entry["time"].integer(), what: try entry.string("what"), result: try entry.string("result"))
            capture.history[address, default: []].append(event)
        }
    }

    private mutating func readFunctions(_ node: JSONValue) throws(JSONError) {
        var seen: Set<PCIAddress> = []
        functions = try node.entries { (node) throws(JSONError) in
            let captured = try CapturedFunction(node)
            let address = captured.function.address
            guard seen.insert(address).inserted else { throw JSONError("", "\(address) is there twice") }
            if !captured.uses.isEmpty { capture.snapshot.uses[address] = captured.uses }
            if captured.nodes != VFIONodes() { capture.nodes[address] = captured.nodes }
            return captured.function
        }
    }

    private func modules(_ node: JSONValue) throws(JSONError) -> [String: ModulePlace] {
        var modules: [String: ModulePlace] = [:]
        try node.eachMember { (key, value) throws(JSONError) in
            guard let state = ModulePlace(rawValue: key) else {
                throw JSONValue.unknown(key, among: ModulePlace.allCases.map(\.rawValue))
            }
            for name in try value.entries({ (node) throws(JSONError) in try node.string() }) {
                modules[name] = state
            }
        }
        return modules
    }
}
