private import CLinux
private import Glibc
package import Passthrough

/// Hears from the kernel itself that a driver has taken a function: before udev, which runs its rules first, passes the message on.
///
/// It serves to begin early and nothing else. A message that is lost here, or a host where it cannot be opened, costs milliseconds: udev's
/// message comes all the same. The kernel wakes nobody but for `bind`, so an idle host stays idle; and nearly never for a `bind` of
/// vfio-pci, most of which are this program's own.
package final class BindMonitor {
    /// The descriptor to wait on with poll(2).
    package let descriptor: Int32

    /// Bytes; the kernel's messages have 2 KiB of properties at most (UEVENT_BUFFER_SIZE, include/linux/kobject.h) behind a path.
    private static let limit = 8192

    /// Nil where the kernel gives no such socket.
    package init?() {
        descriptor = linux_open_binds()
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// The next function that a driver took; nil where nothing has come. Never waits.
    package func next() -> Uevent? {
        withUnsafeTemporaryAllocation(byteCount: BindMonitor.limit, alignment: 1) { buffer in
            while true {
                let count = Int(linux_receive_bind(descriptor, buffer.baseAddress, UInt64(buffer.count)))
                guard count >= 0 else { return nil }
                if let event = Uevent(message: UnsafeRawBufferPointer(rebasing: buffer[..<count])) { return event }
            }
        }
    }
}
