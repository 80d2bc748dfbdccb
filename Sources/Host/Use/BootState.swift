import HostFiles
import Processes
import SystemPackage

/// How far the boot of the host has come.
struct BootState {
    let root: Root

    /// systemd leaves a link for each service that it has started. The first one that it orders after local-fs.target on every host is
    /// systemd-tmpfiles-setup.service; targets leave none.
    private static let mark = "/run/systemd/units/invocation:systemd-tmpfiles-setup.service"

    /// Milliseconds that systemctl may take: systemd answers nobody while it reloads.
    private static let patience = 5000

    /// Whether systemd runs the host and has not come to local-fs.target. The link leads nowhere: its text is the id of the start.
    var isBeforeLocalFileSystems: Bool {
        root.exists("/run/systemd/system") && (try? root.linkText(BootState.mark)) == nil
    }

    /// Whether nothing is left to be started, so that what is not in use now is not in use: `systemctl is-system-running` says running
    /// or degraded. Below another root, where nothing is started, and without systemd, being past local-fs.target is enough.
    var isFullyUp: Bool {
        guard !isBeforeLocalFileSystems else { return false }
        guard root.isHost, root.exists("/run/systemd/system") else { return true }
        // Its exit status is 1 for degraded: the word decides. One that does not answer in time has not said that the boot is over.
        let answer = ChildProcess.run(
            ["/usr/bin/systemctl", "is-system-running"], keeping: .output, patience: BootState.patience)
        return ["running", "degraded"].contains(answer.text)
    }
}
