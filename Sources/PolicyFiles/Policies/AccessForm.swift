import HostFiles
import Passthrough
import TOML

/// Reads `access` of a policy: who may open VFIO's nodes.
enum AccessForm {
    private static let keys = ["user", "group", "mode"]

    static func read(_ reader: inout TableReader) -> Access? {
        guard let table = reader.table("access") else { return nil }
        var access = TableReader(table, known: keys, scope: reader.scope.below("access"))
        if table.isEmpty { access.fail("", "is empty; write at least one key: \(MessageText.list(keys))") }
        let value = Access(
            user: access.value("user", .account), group: access.value("group", .account),
            mode: access.value("mode", .mode))
        reader.take(access.errors)
        return value
    }

    /// What is wrong with the names of a policy on this host; nothing where they cannot be looked up.
    static func problems(_ entry: PolicyEntry, file: String, root: Root) -> [PolicyError] {
        guard let policy = entry.policy, let access = policy.access else { return [] }
        let accounts = AccountReader(root: root)
        var problems: [PolicyError] = []
        func check(_ key: String, _ text: String?, _ find: (String) -> AccountReader.Finding, _ place: String) {
            guard let text, find(text) == .missing else { return }
            let reason = "\(MessageText.quoted(text)): \(place) has no such \(key)"
            problems.append(
                PolicyError(file: file, line: entry.line, name: policy.name, key: "access.\(key)", reason: reason))
        }
        check("user", access.user, accounts.user, "/etc/passwd")
        check("group", access.group, accounts.group, "/etc/group")
        return problems
    }
}

extension ValueForm<String> {
    /// A user's or group's name or number.
    fileprivate static var account: ValueForm {
        ValueForm(
            example: "\"qemu\"",
            parse: { text in
                let isName = text.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: ":") && $0 != 0x7f }
                return text.isEmpty || !isName ? nil : text
            },
            reason: { _ in "must be a name as in /etc/passwd and /etc/group, or a number" })
    }
}

extension ValueForm<UInt32> {
    /// Permissions in octal digits.
    fileprivate static var mode: ValueForm {
        ValueForm(
            example: "\"0660\"",
            parse: { text in
                guard (3...4).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode <= 0o777,
                    text.utf8.first != UInt8(ascii: "+")
                else { return nil }
                return mode
            },
            reason: { _ in "must be permissions in octal digits, from \"0000\" to \"0777\"" })
    }
}
