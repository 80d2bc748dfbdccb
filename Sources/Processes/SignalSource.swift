import CLinux
import Glibc
import HostFiles
package import SystemPackage

/// Signals that are taken in a loop, when it is their turn (signalfd(2)).
package struct SignalSource: ~Copyable {
    /// Readable once one of them has come.
    package let descriptor: Int32

    /// Blocks these signals; programs that are started later inherit that, workers do not.
    package init(_ signals: [Int32]) throws(Errno) {
        descriptor = linux_signal_descriptor(signals, Int32(signals.count))
        guard descriptor >= 0 else { throw Errno.last }
    }

    deinit { close(descriptor) }

    /// The next signal that has come; nil where none has.
    package borrowing func next() -> Int32? {
        let signal = linux_next_signal(descriptor)
        return signal == 0 ? nil : signal
    }
}
