package import Passthrough
package import SystemPackage

/// What a look into the monitor's socket gave.
package enum Arrival: Hashable, Sendable {
    /// A function to look at.
    case event(Uevent)
    /// A message that is not ours, taken from the socket; nil where libudev threw it away without a word. More may wait.
    case ignored(Uevent.Rejection?)
    /// The socket is empty.
    case nothing
    /// Events may have been lost, commonly by ENOBUFS: drain the socket, then look at all functions again.
    case overrun(Errno)
}
