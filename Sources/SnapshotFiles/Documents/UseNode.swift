import JSON
import Passthrough

/// Evidence of use in a snapshot: an object by guard of `{absent, evidence, kinds, overridable, verdict}`; `kinds` has the kind of each
/// text of `evidence`, null where that is not known.
enum UseNode {
    static func node(_ uses: [Guard: UseFinding]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: uses.map { name, finding in
                    (
                        name.rawValue,
                        JSONValue.object([
                            "absent": .bool(finding.isAbsence), "evidence": .texts(finding.texts),
                            "kinds": .list(finding.evidence.map { JSONValue.text($0.kind?.rawValue) }),
                            "overridable": .bool(finding.isOverridable), "verdict": .text(finding.verdict.rawValue),
                        ])
                    )
                }))
    }

    static func uses(_ node: JSONValue) throws(JSONError) -> [Guard: UseFinding] {
        var uses: [Guard: UseFinding] = [:]
        try node.eachMember { (key, value) throws(JSONError) in
            guard let name = Guard(rawValue: key) else {
                throw JSONValue.unknown(key, among: Guard.allCases.map(\.rawValue))
            }
            uses[name] = try finding(value)
        }
        return uses
    }

    private static func finding(_ node: JSONValue) throws(JSONError) -> UseFinding {
        var verdict: GuardVerdict?
        var texts: [String] = []
        var kinds: [EvidenceKind?] = []
        var isOverridable = true
        var isAbsence = false
        try node.eachMember { (key, value) throws(JSONError) in
            switch key {
            case "absent": isAbsence = try value.flag()
            case "evidence": texts = try value.entries { (node) throws(JSONError) in try node.string() }
            // What a later version calls otherwise is text all the same.
            case "kinds":
                kinds = try value.entries { (node) throws(JSONError) in
                    node == .null ? nil : EvidenceKind(rawValue: try node.string())
                }
            case "overridable": isOverridable = try value.flag()
            case "verdict": verdict = try value.parsed("free, busy or unknown") { GuardVerdict(rawValue: $0) }
            default: throw JSONValue.unknown(key, among: ["absent", "evidence", "kinds", "overridable", "verdict"])
            }
        }
        guard let verdict else { throw JSONError("", "verdict is missing") }
        let evidence = texts.enumerated().map { index, text in
            Evidence.recorded(text, index < kinds.count ? kinds[index] : nil)
        }
        return UseFinding(verdict, evidence, isOverridable: isOverridable, isAbsence: isAbsence)
    }
}
