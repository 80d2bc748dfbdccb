import Passthrough
import TOML

/// Reads one `[[policy]]` table.
struct PolicyReader {
    static let keys =
        [
            "name", "match", "except", "description", "action", "driver", "method", "group", "guards", "timeout",
            "access",
        ]
    private static let keysOfMatch = Dictionary(
        MatchReader.keys.filter { !keys.contains($0) }.map { ($0, "it belongs into match: match = { \($0) = … }") }
    ) { first, _ in first }
    private static let guardNames = Guard.allCases.map(\.rawValue)
    /// Seconds: an hour is beyond every kernel write that comes back.
    static let timeouts = 1...3600

    private(set) var entry = PolicyEntry()
    private(set) var errors: [PolicyError] = []
    private(set) var warnings: [PolicyError] = []

    /// The scope has the policy's place in its file, for a policy without a name.
    init(_ table: TOMLTable, scope: ErrorScope) {
        var scope = scope
        if case .string(let text)? = table["name"], let name = ValueForm.name.parse(text) {
            entry.name = name
            scope.name = name
        }
        entry.line = table.position.line
        var reader = TableReader(
            table, known: PolicyReader.keys, elsewhere: PolicyReader.keysOfMatch, scope: scope)
        let policy = read(&reader)
        errors = reader.errors
        if errors.isEmpty { entry.policy = policy }
    }

    private mutating func read(_ reader: inout TableReader) -> Policy? {
        let name = reader.value("name", .name)
        if !reader.has("name") { reader.fail("name", "is missing; write name = \"…\"") }
        let match = readMatch("match", &reader)
        if !reader.has("match") { reader.fail("match", "is missing; write match = { id = \"vvvv:dddd\" } or the like") }
        let except = readMatch("except", &reader)
        var policy = Policy(name: name ?? "", file: reader.scope.file, line: entry.line, match: match ?? Match())
        policy.except = except
        policy.description = reader.value("description", .text)
        policy.action = reader.value("action", .choice) ?? policy.action
        policy.choosesVariant = reader.isText("driver", "auto")
        if !policy.choosesVariant { policy.driver = reader.value("driver", .driver) ?? policy.driver }
        policy.method = reader.value("method", .choice) ?? policy.method
        policy.group = reader.value("group", .choice) ?? policy.group
        policy.guards = readGuards(&reader)
        policy.timeout = reader.integer("timeout", PolicyReader.timeouts, "seconds")
        policy.access = AccessForm.read(&reader)
        if policy.choosesVariant, policy.method == .newID {
            reader.fail(
                "method",
                "\"new_id\" registers ids with one driver, and \"auto\" chooses one for each card; name a driver")
        }
        if policy.method == .newID, let match, !match.isEmpty { checkIDs(match, &reader) }
        return name == nil || match == nil ? nil : policy
    }

    private mutating func readMatch(_ key: String, _ reader: inout TableReader) -> Match? {
        guard let table = reader.table(key) else { return nil }
        let inner = MatchReader(table, scope: reader.scope.below(key))
        reader.take(inner.errors)
        warnings += inner.warnings
        return inner.match
    }

    /// Registering takes exact numbers: a wildcard given to the kernel would take every card of a vendor.
    private func checkIDs(_ match: Match, _ reader: inout TableReader) {
        guard let ids = match.ids else {
            if !hasKey("id", of: reader.value("match")) {
                reader.fail(
                    "method", "\"new_id\" registers ids, and match has no id; add match.id or write \"driver_override\""
                )
            }
            return
        }
        for id in ids where id.exact == nil {
            reader.fail(
                "method",
                "\"new_id\" registers exact ids, and match.id has \(MessageText.quoted(id.description)); "
                    + "write the ids out or write \"driver_override\"")
        }
    }

    private func hasKey(_ key: String, of value: TOMLValue?) -> Bool {
        if case .table(let table)? = value { table[key] != nil } else { false }
    }

    private func readGuards(_ reader: inout TableReader) -> [Guard: GuardSetting] {
        guard let table = reader.table("guards") else { return [:] }
        var guards = TableReader(table, known: PolicyReader.guardNames, scope: reader.scope.below("guards"))
        var settings: [Guard: GuardSetting] = [:]
        for asked in Guard.allCases where guards.has(asked.rawValue) {
            guard let setting: GuardSetting = guards.value(asked.rawValue, .choice) else { continue }
            settings[asked] = setting
            if setting == .enforce { continue }
            if asked.isUnconditional {
                guards.fail(asked.rawValue, "can never be overridden; only \"enforce\" is right, or no line at all")
            } else if asked == .group {
                guards.fail(asked.rawValue, "is set by a key of its own: write group = \"ignore\" in the policy")
            }
        }
        reader.take(guards.errors)
        return settings
    }
}
