/// What the policy language has and this version does not do yet.
///
/// Such a key is never passed over: a policy without one of its conditions would take functions that it was not meant for.
enum Unsupported {
    static let reason = "not supported by this version yet"
    /// Reads `access` of a policy, and reports it.
    static func readAccess(_ reader: inout TableReader) {
        guard reader.has("access") else { return }
        reader.fail("access", reason)
        guard let table = reader.table("access") else { return }
        var access = TableReader(table, known: ["user", "group", "mode"], scope: reader.scope.below("access"))
        for key in ["user", "group", "mode"] { _ = access.value(key, .nonEmptyText) }
        reader.take(access.errors)
    }
}
