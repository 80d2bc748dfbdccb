import Passthrough
import TOML

extension TOMLText {
    static func table(_ match: Match) -> String {
        let keys = [
            key("id", match.ids), key("subsystem", match.subsystems), key("class", match.classes),
            key("address", match.addresses), key("driver", match.drivers), key("path", match.paths),
            key("slot", match.slots), key("serial", match.serialNumbers), key("function", match.roles),
            key("physical_function", match.physicalFunctions), key("removable", match.removabilities),
            numbers("numa_node", match.numaNodes), key("fid", match.fids), key("uid", match.uids),
            key("pchid", match.pchids),
        ]
        return "{ \(keys.compactMap(\.self).joined(separator: ", ")) }"
    }

    static func table(_ access: Access) -> String {
        let keys = [
            key("user", access.user.map { [$0] }), key("group", access.group.map { [$0] }),
            key("mode", access.mode.map { [octal($0)] }),
        ]
        return "{ \(keys.compactMap(\.self).joined(separator: ", ")) }"
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    private static func numbers(_ key: String, _ values: [Int]?) -> String? {
        guard let values else { return nil }
        let words = values.map { String($0) }
        return "\(key) = \(words.count == 1 ? words[0] : "[\(words.joined(separator: ", "))]")"
    }

    private static func key(_ key: String, _ values: [some CustomStringConvertible]?) -> String? {
        guard let values else { return nil }
        let words = values.map { quoted($0.description) }
        return "\(key) = \(words.count == 1 ? words[0] : "[\(words.joined(separator: ", "))]")"
    }
}
