import Glibc
import HostFiles
import SystemPackage

/// How far the boot of the host has come.
struct BootState {
    let root: Root

    /// systemd leaves a link for each service that it has started. The first one that it orders after local-fs.target on every host is
    /// systemd-tmpfiles-setup.service; targets leave none.
    private static let mark = "/run/systemd/units/invocation:systemd-tmpfiles-setup.service"

    /// Whether systemd runs the host and has not come to local-fs.target. The link leads nowhere: its text is the id of the start.
    var isBeforeLocalFileSystems: Bool {
        root.exists("/run/systemd/system") && (try? root.linkText(BootState.mark)) == nil
    }

    /// Whether nothing is left to be started, so that what is not in use now is not in use: `systemctl is-system-running` says running
    /// or degraded. Below another root, where nothing is started, and without systemd, being past local-fs.target is enough.
    var isFullyUp: Bool {
        guard !isBeforeLocalFileSystems else { return false }
        guard root.isHost, root.exists("/run/systemd/system") else { return true }
        return ["running", "degraded"].contains(BootState.answer(of: ["/usr/bin/systemctl", "is-system-running"]))
    }

    /// The first line that a program prints; empty where it cannot be started.
    private static func answer(of words: [String]) -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return "" }
        let output = OpenFile(ends[0])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var pid: pid_t = 0
        let error = posix_spawn(&pid, words[0], &actions, nil, arguments, environ)
        close(ends[1])
        guard error == 0 else { return "" }
        let bytes = (try? output.read(limit: 4096)) ?? []
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
