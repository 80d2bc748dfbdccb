/// What the administrator may set of the monitor, in `/etc/vfio-rebind/vfio-rebind.toml`; every key has a default.
package struct MonitorSettings: Hashable, Sendable {
    package static let path = "/etc/vfio-rebind/vfio-rebind.toml"

    /// How many worker processes at once.
    package var workers = 64
    /// Bytes that are asked for as receive buffer of uevents; what systemd's own monitors ask for.
    package var receiveBuffer = 128 << 20
    /// Milliseconds of quiet that a change of the policies must be followed by before they are read again.
    package var reloadDelay = 500
    /// Whether a function is given back when the policy that took it is gone.
    package var releaseOnPolicyRemoval = false
    package var logLevel = LogLevel.info

    package enum LogLevel: String, Sendable, CaseIterable {
        case error, warning, notice, info, debug
    }

    package init() {}

    static let keys = ["workers", "receive_buffer", "reload_delay", "release_on_policy_removal", "log_level"]

    /// Reads the keys of a document; a bad one keeps its default and leaves an error.
    init(_ reader: inout TableReader) {
        workers = reader.integer("workers", 1...1024, "a number") ?? workers
        receiveBuffer = reader.integer("receive_buffer", 2048...(1 << 30), "bytes") ?? receiveBuffer
        reloadDelay = reader.integer("reload_delay", 0...60_000, "milliseconds") ?? reloadDelay
        releaseOnPolicyRemoval = reader.boolean("release_on_policy_removal") ?? releaseOnPolicyRemoval
        logLevel = reader.value("log_level", .choice) ?? logLevel
    }
}
