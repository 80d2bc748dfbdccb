import Glibc

/// What the monitor says to systemd (sd_notify(3)); nothing where it was not started by it.
struct ServiceManager {
    private let socket: String?
    /// Milliseconds between two signs of life: half of what systemd allows (sd_watchdog_enabled(3)); nil where it asks for none.
    let watchdogPeriod: Int64?

    init() {
        socket = getenv("NOTIFY_SOCKET").map { String(cString: $0) }
        let isOurs = getenv("WATCHDOG_PID").map { Int32(String(cString: $0)) == getpid() } ?? true
        let limit = getenv("WATCHDOG_USEC").flatMap { Int64(String(cString: $0)) }
        watchdogPeriod = socket == nil || !isOurs ? nil : limit.flatMap { $0 > 0 ? max(1, $0 / 2000) : nil }
    }

    /// Sends one message: assignments, one a line.
    func tell(_ message: String) {
        guard let socket else { return }
        _ = Datagram.send(message, to: socket)
    }
}
