import Passthrough
import PolicyFiles

extension CapturedFunction {
    /// The function as a table of a test file: keys that say nothing are left out, and busy guards stand below `in_use`.
    package var tomlText: String {
        var entries: [String] = []
        for field in FunctionField.all
        where !["uses", "group_path", "cdev_path", "serial_unknown"].contains(field.name) {
            switch field.write(self) {
            case .text(let text) where field.name != "revision" || text != "00":
                entries.append("\(field.name) = \(TOMLText.quoted(text))")
            case .number(let number) where number != 0 || field.name != "virtual_functions":
                entries.append("\(field.name) = \(number)")
            case .bool(true): entries.append("\(field.name) = true")
            case .list(let nodes) where nodes.count > 1:
                let words = nodes.compactMap { if case .text(let text) = $0 { TOMLText.quoted(text) } else { nil } }
                entries.append("\(field.name) = [\(words.joined(separator: ", "))]")
            default: continue
            }
        }
        let busy = uses.filter { $0.value.verdict == .busy }.sorted { $0.key < $1.key }
        if !busy.isEmpty {
            let guards = busy.map { name, finding in
                "\(name.rawValue) = [\(finding.evidence.map(TOMLText.quoted).joined(separator: ", "))]"
            }
            entries.append("in_use = { \(guards.joined(separator: ", ")) }")
        }
        return "{ \(entries.joined(separator: ", ")) }"
    }
}
