import Glibc

/// Standard output and standard error, unbuffered.
enum Output {
    /// Ends the program with status 1 where the text cannot be written: a full disk must not look like success. A reader that went
    /// away is no error.
    static func standard(_ text: String) { standard(Array((text + "\n").utf8)) }

    /// The same for a whole document with its newline.
    static func standard(_ bytes: [UInt8]) {
        guard let error = write(bytes, to: STDOUT_FILENO), error != EPIPE else { return }
        Output.error("vfio-rebind: writing standard output: \(String(cString: strerror(error)))", priority: 3)
        exit(ExitStatus.failed.rawValue)
    }

    /// Under systemd each line carries its priority (sd-daemon(3)).
    static func error(_ text: String, priority: Int = 4) {
        let mark = getenv("JOURNAL_STREAM") == nil ? "" : "<\(priority)>"
        _ = write(Array((mark + text + "\n").utf8), to: STDERR_FILENO)
    }

    /// The errno of the write that failed; nil where none did.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    /// Columns of the terminal on standard output; nil where it is none.
    static var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 80
    }
}
