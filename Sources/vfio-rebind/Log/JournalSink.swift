import Glibc

/// The journal's own socket, else syslog's: both take datagrams (systemd's JOURNAL_NATIVE_PROTOCOL; RFC 3164).
struct JournalSink: LogSink {
    func write(_ line: String, priority: Int) {
        let text = String(line.map { $0 == "\n" ? " " : $0 })
        let fields = "MESSAGE=\(text)\nPRIORITY=\(priority)\nSYSLOG_IDENTIFIER=vfio-rebind\n"
        if Datagram.send(fields, to: "/run/systemd/journal/socket") { return }
        // Facility 3 is that of system daemons.
        if Datagram.send("<\(3 * 8 + priority)>vfio-rebind[\(getpid())]: \(text)", to: "/dev/log") { return }
        Output.error(line, priority: priority)
    }
}
