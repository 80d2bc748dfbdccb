#if canImport(Glibc)
    import Glibc
#endif

/// Standard output and standard error, unbuffered.
enum Output {
    static func standard(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Under systemd each line carries its priority (sd-daemon(3)).
    static func error(_ text: String, priority: Int = 4) {
        let mark = getenv("JOURNAL_STREAM") == nil ? "" : "<\(priority)>"
        write(mark + text + "\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Columns of the terminal on standard output; nil where it is none.
    static var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 80
    }
}
