private import CLinux
private import Glibc
package import Passthrough

/// Receives the kernel's own message that a driver was bound, before udev passes it on after running its rules.
///
/// It only allows an early start. If a message is lost here, or the socket cannot be opened, that costs milliseconds: udev's
/// message comes anyway. The socket filter passes `bind` only, so an idle host stays idle, and nearly never a `bind` of
/// vfio-pci, since most of those are this program's own.
package final class BindMonitor {
    /// The descriptor to wait on with poll(2).
    package let descriptor: Int32

    /// Bytes; the kernel's messages have 2 KiB of properties at most (UEVENT_BUFFER_SIZE, include/linux/kobject.h) behind a path.
    private static let limit = 8192

    /// Nil if the socket cannot be opened.
    package init?() {
        descriptor = linux_open_binds()
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// The next function that a driver was bound to; nil if there is no message. Never waits.
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
