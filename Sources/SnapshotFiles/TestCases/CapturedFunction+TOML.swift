import JSON
import Passthrough
import TOML

extension CapturedFunction {
    /// The function as a table of a test file: keys that say nothing are left out. Busy guards are listed in `in_use`, in `uses` what no
    /// override passes over.
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
                let words = nodes.compactMap { if case .text(let text) = $0 { text } else { nil } }
                entries.append("\(field.name) = \(CapturedFunction.list(words))")
            default: continue
            }
        }
        let busy = uses.filter { $0.value.verdict == .busy }.sorted { $0.key < $1.key }
        let plain = busy.filter { $0.value.isOverridable || $0.key == .inUse }.map { name, finding in
            "\(name.rawValue) = \(CapturedFunction.list(finding.texts))"
        }
        let firm = busy.filter { !$0.value.isOverridable && $0.key != .inUse }.map { name, finding in
            "\(name.rawValue) = { verdict = \"busy\", evidence = \(CapturedFunction.list(finding.texts)), overridable = false }"
        }
        if !plain.isEmpty { entries.append("in_use = { \(plain.joined(separator: ", ")) }") }
        if !firm.isEmpty { entries.append("uses = { \(firm.joined(separator: ", ")) }") }
        return "{ \(entries.joined(separator: ", ")) }"
    }

    private static func list(_ texts: [String]) -> String {
        "[\(texts.map(TOMLText.quoted).joined(separator: ", "))]"
    }
}
