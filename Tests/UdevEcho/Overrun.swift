import Glibc

/// Fills the sockets of everybody who listens to the kernel's uevents in this network namespace.
///
/// libudev throws these messages away, for they come from a process; the kernel drops what does not fit all the same, and says
/// ENOBUFS once (`net/netlink/af_netlink.c`, `netlink_overrun`).
enum Overrun {
    private static let netlinkKobjectUevent: Int32 = 15

    /// Sends this many messages of 1 KiB to the group of the kernel; false where the namespace does not let us.
    static func provoke(messages: Int) -> Bool {
        let sender = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), netlinkKobjectUevent)
        guard sender >= 0 else { return false }
        defer { close(sender) }
        // struct sockaddr_nl (linux/netlink.h): family, padding, port, groups.
        var address: (UInt16, UInt16, UInt32, UInt32) = (UInt16(AF_NETLINK), 0, 0, 1)
        let bytes = [UInt8](repeating: 0x61, count: 1024)
        let length = socklen_t(MemoryLayout.size(ofValue: address))
        var sent = 0
        for _ in 0..<messages {
            let count = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(sender, bytes, bytes.count, 0, $0, length)
                }
            }
            // A broadcast that some listener cannot take is ENOBUFS for the sender only if it asked to know.
            if count == bytes.count { sent += 1 }
        }
        return sent > 0
    }
}
