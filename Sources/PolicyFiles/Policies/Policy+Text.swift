package import Passthrough
import TOML

extension Policy {
    /// The policy as a `[[policy]]` of a file, in one canonical form: the keys in the order of vfio-rebind-policy(5), defaults left out, one
    /// value as a string and more as a list. Reading it gives the same policy, `file` and `line` apart.
    package var tomlText: String {
        var lines = ["[[policy]]", "name = \(TOMLText.quoted(name))"]
        if let description { lines.append("description = \(TOMLText.quoted(description))") }
        lines.append("match = \(TOMLText.table(match))")
        if let except { lines.append("except = \(TOMLText.table(except))") }
        if action != .passthrough { lines.append("action = \(TOMLText.quoted(action.rawValue))") }
        if choosesVariant { lines.append("driver = \"auto\"") }
        if driver != .vfioPCI { lines.append("driver = \(TOMLText.quoted(driver.text))") }
        if method != .auto { lines.append("method = \(TOMLText.quoted(method.rawValue))") }
        if group != .require { lines.append("group = \(TOMLText.quoted(group.rawValue))") }
        if !guards.isEmpty {
            let settings = guards.sorted { $0.key < $1.key }.map {
                "\($0.key.rawValue) = \(TOMLText.quoted($0.value.rawValue))"
            }
            lines.append("guards = { \(settings.joined(separator: ", ")) }")
        }
        if let timeout { lines.append("timeout = \(timeout)") }
        if let access { lines.append("access = \(TOMLText.table(access))") }
        return lines.joined(separator: "\n") + "\n"
    }
}
