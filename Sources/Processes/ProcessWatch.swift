import CLinux
import Glibc
import HostFiles
package import SystemPackage

/// Tells when a process has ended, be it ours or not (pidfd_open(2), Linux 5.3).
package final class ProcessWatch {
    /// Readable once the process has ended.
    package let descriptor: Int32

    /// Throws `noSuchProcess` where it has ended already.
    package init(_ pid: Int) throws(Errno) {
        descriptor = linux_process_descriptor(pid_t(pid))
        guard descriptor >= 0 else { throw Errno.last }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    package var hasEnded: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
