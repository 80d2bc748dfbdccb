import Glibc
import Host
import HostFiles
import Logging
import Passthrough

/// Hands a function over that is still being unbound when udev's time is over: udevd kills every process that `handle` leaves behind.
enum Takeover {
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
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var pid: pid_t = 0
        let error = posix_spawn(&pid, words[0], nil, nil, arguments, environ)
        guard error == 0 else {
            log.say(
                .error,
                "\(address): cannot start a recovery unit: \(words[0]): \(String(cString: strerror(error))); run `vfio-rebind apply` to recover"
            )
            return
        }
        waitpid(pid, nil, 0)
        log.say(.notice, "\(address): handed over to vfio-rebind-finish-\(address).service")
    }

    private static func program() -> String {
        (try? Root.host.linkText("/proc/self/exe")) ?? "/usr/sbin/vfio-rebind"
    }
}
