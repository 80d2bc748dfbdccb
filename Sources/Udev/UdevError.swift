package import SystemPackage

/// Why the monitor could not be opened or continued; printed `operation: object: reason`.
package enum UdevError: Error, Hashable, Sendable {
    /// The socket of udevd is missing: libudev would return a monitor that joins no group and never receives anything.
    case notRunning(control: String)
    /// A call of libudev or of the kernel failed.
    case failed(Operation, Errno)

    /// What was attempted.
    package enum Operation: String, Sendable, CaseIterable {
        /// netlink(7) gave no socket: EPERM, EMFILE, EAFNOSUPPORT where AF_NETLINK is forbidden.
        case openMonitor = "opening a monitor of uevents"
        /// The list of subsystems could not be kept.
        case filter = "filtering uevents by subsystem"
        /// The socket could not be bound to the group, or its filter not attached.
        case subscribe = "subscribing to uevents"
        /// The socket is dead.
        case receive = "receiving uevents"
    }
}

extension UdevError: CustomStringConvertible {
    /// What was attempted, on what, why it failed.
    package var description: String {
        switch self {
        case .notRunning(let control): "udev is not running: \(control) does not exist"
        case .failed(let operation, let reason): "\(operation.rawValue): netlink: \(reason)"
        }
    }
}
