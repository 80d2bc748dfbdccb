package import Passthrough
package import SystemPackage

/// The result of one read of the monitor's socket.
package enum Arrival: Hashable, Sendable {
    /// A function whose event came.
    case event(Uevent)
    /// A message for others, removed from the socket; nil if libudev dropped it silently. More may be waiting.
    case ignored(Uevent.Rejection?)
    /// The socket is empty.
    case nothing
    /// Events may have been lost, commonly by ENOBUFS: drain the socket, then look at all functions again.
    case overrun(Errno)
}
