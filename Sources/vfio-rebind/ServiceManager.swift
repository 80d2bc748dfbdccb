#if canImport(Glibc)
    import Glibc
#endif

/// What the monitor says to systemd (sd_notify(3)); nothing where it was not started by it.
struct ServiceManager {
    private let socket: String?

    init() { socket = getenv("NOTIFY_SOCKET").map { String(cString: $0) } }

    /// Sends one message: assignments, one a line.
    func tell(_ message: String) {
        guard let socket else { return }
        _ = Datagram.send(message, to: socket)
    }
}
