import Glibc
import Logging

/// Where log lines go.
protocol LogSink: Sendable {
    func write(_ line: String, priority: Int)
}

/// Standard error, with priorities under systemd.
struct StreamSink: LogSink {
    func write(_ line: String, priority: Int) { Output.error(line, priority: priority) }
}

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

/// A handler of swift-log that prints the message as it is.
struct LineHandler: LogHandler {
    let sink: any LogSink
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(sink: any LogSink, level: Logger.Level) {
        self.sink = sink
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        sink.write(event.message.description, priority: LineHandler.priority(event.level))
    }

    /// The priorities of sd-daemon(3).
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
