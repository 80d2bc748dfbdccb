/// A process that has a device node open.
package struct HoldingProcess: Hashable, Sendable {
    package let pid: Int
    package let command: String
    /// The unit of systemd, or the scope, that it belongs to.
    package let unit: String?

    package init(pid: Int, command: String, unit: String?) {
        self.pid = pid
        self.command = command
        self.unit = unit
    }

    /// Whether it holds input and display devices for the sessions of users, and closes them when these end (systemd-logind(8)).
    package var isSessionManager: Bool { unit == "systemd-logind.service" || command == "systemd-logind" }
}
