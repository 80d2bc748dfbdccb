import Passthrough
import PolicyFiles

struct PolicyFileReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        let document = PolicyDocument(bytes, file: "fuzz.toml")
        _ = document.errors.map(\.description) + document.warnings.map(\.description)
        let policies = document.entries.compactMap(\.policy)
        guard document.errors.isEmpty else { return nil }
        if policies.count != document.entries.count { return "a policy is missing without an error" }
        if policies.contains(where: { $0.name.isEmpty || $0.match.isEmpty }) { return "a policy matches everything" }
        let text = policies.map(\.tomlText).joined()
        let again = PolicyDocument(Array(text.utf8), file: "fuzz.toml")
        guard again.errors.isEmpty else { return "what was printed does not read: \(again.errors)" }
        let texts = again.entries.compactMap(\.policy?.tomlText)
        return texts == policies.map(\.tomlText) ? nil : "what was printed reads as other policies"
    }
}
