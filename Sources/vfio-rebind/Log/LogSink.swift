import Glibc

/// Where log lines go.
protocol LogSink: Sendable {
    func write(_ line: String, priority: Int)
}
