import Host
import HostFiles
import Logging
import Passthrough
import Processes

/// Hands a function over that is still being unbound when udev's time is over: udevd kills every process that `handle` leaves behind.
enum Takeover {
    /// Milliseconds that systemd-run may take: udevd kills `handle` soon.
    private static let patience = 5000

    /// Leaves the function to the running monitor, or to a transient unit that waits for the driver and then finishes or undoes.
    static func handOver(_ address: PCIAddress, root: Root, log: EventLog) {
        guard root.isHost else { return }
        if LockSet.isHeld(LockSet.monitorKey, root: root) {
            log.say(.notice, "\(address): handed over to the monitor")
            return
        }
        let words = [
            "/usr/bin/systemd-run", "--quiet", "--no-block", "--collect", "--property=KillMode=process",
            "--unit=vfio-rebind-finish-\(address)", program(), "finish", address.description,
        ]
        let started = ChildProcess.run(words, keeping: .errors, patience: patience)
        guard started.hasSucceeded else {
            return log.say(
                .error,
                "\(address): cannot start a recovery unit: systemd-run: \(started.summary); run `vfio-rebind apply` to recover"
            )
        }
        log.say(.notice, "\(address): handed over to vfio-rebind-finish-\(address).service")
    }

    private static func program() -> String {
        (try? Root.host.linkText("/proc/self/exe")) ?? "/usr/sbin/vfio-rebind"
    }
}
