package import HostFiles

/// What `/proc` says of a process of ours.
package enum ProcessState {
    /// The state letter, third field of `/proc/PID/stat` behind the command in parentheses; nil where it is gone.
    package static func letter(of pid: Int) -> Character? {
        guard let text = Root.host.attribute("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].first { $0 != " " }
    }

    /// When it began, in ticks since the boot: tells it from a later process of the same number. Field 22 of `/proc/PID/stat`.
    package static func start(of pid: Int, root: Root = .host) -> UInt64? {
        guard let text = root.attribute("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }

    /// Where in the kernel it waits; nil where that is not told.
    package static func waitChannel(of pid: Int) -> String? {
        guard let text = Root.host.attribute("/proc/\(pid)/wchan"), !text.isEmpty, text != "0" else { return nil }
        return text
    }
}
