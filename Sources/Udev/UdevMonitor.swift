private import CUdev
private import Glibc
private import Passthrough
private import SystemPackage

/// Listens to the uevents of PCI functions; closed when it goes.
///
/// Messages are sent after the fact and can be lost, so an event only says which function to look at. Open the monitor first and
/// look at all functions afterwards: what happens in between then waits in the socket.
package struct UdevMonitor: ~Copyable {
    /// The receive buffer that systemd's own monitors ask for, in bytes (`src/udev/udevd.c`).
    package static let defaultReceiveBuffer = 128 << 20
    /// The socket by which udevd is told of commands; libudev takes its absence for "no udev here".
    package static let udevControl = "/run/udev/control"

    /// The descriptor to wait on with poll(2): readable where `next` has something to say. Stays the monitor's.
    package let descriptor: Int32
    /// Bytes that the kernel grants, as `SO_RCVBUF` tells them: twice what was asked (socket(7)).
    package let receiveBuffer: Int
    private let monitor: OpaquePointer

    /// Opens a monitor and subscribes to one of its groups.
    ///
    /// Both calls that size the buffer are tried: `SO_RCVBUFFORCE` needs CAP_NET_ADMIN, without it `net.core.rmem_max` is the limit
    /// (socket(7)). A smaller buffer is no error: `receiveBuffer` tells.
    /// - Throws: `notRunning` where `control` is missing and the group is udev's; `failed` with the errno of what failed.
    package init(
        _ group: Group = .udev, receiveBuffer size: Int = defaultReceiveBuffer, control: String = udevControl
    ) throws(UdevError) {
        if group == .udev, access(control, F_OK) != 0 { throw .notRunning(control: control) }
        let context = udev_new()
        // The monitor keeps a reference of its own.
        defer { udev_unref(context) }
        guard let monitor = udev_monitor_new_from_netlink(context, group.rawValue) else {
            throw .failed(.openMonitor, Errno(rawValue: errno))
        }
        let socket = udev_monitor_get_fd(monitor)
        let granted = UdevMonitor.setReceiveBuffer(of: socket, to: size)
        if let failure = UdevMonitor.subscribe(monitor) {
            udev_monitor_unref(monitor)
            throw failure
        }
        descriptor = socket
        receiveBuffer = granted
        self.monitor = monitor
    }

    deinit { udev_monitor_unref(monitor) }

    /// The group of netlink(7)'s NETLINK_KOBJECT_UEVENT that is listened to.
    package enum Group: String, Sendable, CaseIterable {
        /// What udevd sends on when all rules have run, filtered by subsystem in the kernel.
        case udev
        /// What the kernel sends; every event of the machine arrives and is filtered here.
        case kernel
    }

    /// Filters before it subscribes: what arrives in between would otherwise come through unfiltered.
    private static func subscribe(_ monitor: OpaquePointer) -> UdevError? {
        let filtered = udev_monitor_filter_add_match_subsystem_devtype(monitor, "pci", nil)
        if filtered < 0 { return .failed(.filter, Errno(rawValue: -filtered)) }
        let enabled = udev_monitor_enable_receiving(monitor)
        return enabled < 0 ? .failed(.subscribe, Errno(rawValue: -enabled)) : nil
    }

    private static func setReceiveBuffer(of descriptor: Int32, to size: Int) -> Int {
        var wanted = Int32(clamping: size)
        let length = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, length) != 0 {
            _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &wanted, length)
        }
        var granted: Int32 = 0
        var grantedLength = length
        return getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &granted, &grantedLength) == 0 ? Int(granted) : 0
    }

    /// Takes one message from the socket; never waits.
    ///
    /// Call it until it answers `nothing`, and wait on `descriptor` then. An answer of `overrun` asks for that too: while anything is
    /// queued the kernel goes on to drop what comes (`net/netlink/af_netlink.c`, NETLINK_S_CONGESTED). Only then look at all functions.
    /// - Throws: `failed` where the socket is dead; the monitor is of no use after that.
    package borrowing func next() throws(UdevError) -> Arrival {
        // NULL without an errno of its own would show the errno of some call before.
        errno = 0
        let device = udev_monitor_receive_device(monitor)
        let code = errno
        guard let device else { return try arrival(without: Errno(rawValue: code)) }
        defer { udev_device_unref(device) }
        do {
            return .event(try Uevent { key in udev_device_get_property_value(device, key).map { String(cString: $0) } })
        } catch {
            return .ignored(error)
        }
    }

    /// What NULL means (`src/libudev/libudev-monitor.c`, `src/libsystemd/sd-device/device-monitor.c`).
    private borrowing func arrival(without reason: Errno) throws(UdevError) -> Arrival {
        switch reason {
        case Errno(rawValue: 0), .wouldBlock, .interrupted:
            // EAGAIN is said of an empty socket and of a message that was thrown away: not from root, not from udevd, filtered.
            return isReadable ? .ignored(nil) : .nothing
        case .badFileDescriptor, .notSocket, .badAddress, .notSupportedOnSocket:
            throw .failed(.receive, reason)
        default:
            // ENOBUFS: the kernel dropped messages. EINVAL: one was too long for libudev's buffer or broken. ENOMEM: one was taken
            // from the socket and could not be kept. In all of them an event may be gone.
            return .overrun(reason)
        }
    }

    private var isReadable: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
