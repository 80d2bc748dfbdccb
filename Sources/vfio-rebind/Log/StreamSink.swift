import Glibc

/// Standard error, with priorities under systemd.
struct StreamSink: LogSink {
    func write(_ line: String, priority: Int) { Output.error(line, priority: priority) }
}
