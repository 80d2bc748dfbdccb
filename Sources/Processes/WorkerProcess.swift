import CLinux
import Glibc
package import HostFiles
package import SystemPackage

/// A process of this program, forked with its work in hand, that does what may never return.
///
/// It is forked, not started anew: the plan needs no serialising, and a start costs an emulated machine 60 ms. The program has one
/// thread, so the copy is whole. The worker has a session of its own and no standard streams: neither Ctrl-C nor the end of a pipe nor the
/// end of its parent reaches it, and it finishes what it began.
package struct WorkerProcess: ~Copyable {
    package let pid: Int
    private let pipe: Int32
    /// Nil before Linux 5.3.
    private let watch: ProcessWatch?
    private var buffer: [UInt8] = []

    /// The worker's end of the pipe.
    package struct Pipe: Sendable {
        let descriptor: Int32

        /// The pipe of a worker that tells nobody.
        package static let none = Pipe(descriptor: -1)

        /// Sends one message; nothing is said where the parent is gone.
        package func send(_ message: [UInt8]) {
            let count = UInt32(message.count)
            var rest =
                [UInt8](unsafeUninitializedCapacity: 4) { buffer, initialized in
                    for index in 0..<4 { buffer[index] = UInt8(truncatingIfNeeded: count >> UInt32(index * 8)) }
                    initialized = 4
                }[...] + message[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if written < 0 {
                    if errno == EINTR { continue }
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
    }

    private init(pid: Int, pipe: Int32) {
        self.pid = pid
        self.pipe = pipe
        watch = try? ProcessWatch(pid)
    }

    deinit { close(pipe) }

    /// Forks a worker that runs `body` and ends. Throws what pipe(2) and fork(2) say.
    ///
    /// It has no descriptors but its pipe, that of the root, and one that is named besides.
    package static func start(
        keeping root: Root, and descriptor: Int32 = -1, _ body: (Pipe) -> Void
    ) throws(Errno) -> WorkerProcess {
        var ends: [Int32] = [0, 0]
        guard linux_pipe(&ends) == 0 else { throw Errno.last }
        let pid = linux_fork()
        guard pid >= 0 else {
            let error = Errno.last
            close(ends[0])
            close(ends[1])
            throw error
        }
        if pid == 0 {
            detach(keeping: [ends[1], root.keptDescriptor, descriptor])
            body(Pipe(descriptor: ends[1]))
            _exit(0)
        }
        close(ends[1])
        return WorkerProcess(pid: Int(pid), pipe: ends[0])
    }

    private static func detach(keeping kept: [Int32]) {
        setsid()
        signal(SIGPIPE, SIG_IGN)
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
        signal(SIGHUP, SIG_IGN)
        let null = Glibc.open("/dev/null", O_RDWR)
        for stream: Int32 in 0...2 where null >= 0 { dup2(null, stream) }
        linux_close_all_but(kept, Int32(kept.count))
    }

    /// The descriptor to poll for its end; what it says before wakes nobody (without pidfd_open(2) it does).
    package var descriptor: Int32 { watch?.descriptor ?? pipe }

    /// Takes in what has come, without waiting; false once the worker has ended.
    package mutating func drain() -> Bool {
        let hasEnded = watch?.hasEnded ?? false
        var request = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        while Glibc.poll(&request, 1, 0) > 0 {
            guard fill() else { return false }
        }
        return !hasEnded
    }

    /// The next message; nil where none comes within `patience` milliseconds (-1: for ever), or the worker has ended.
    package mutating func receive(patience: Int) -> [UInt8]? {
        let deadline = Clock.milliseconds + Int64(patience)
        while true {
            if let message = takeMessage() { return message }
            let left = patience < 0 ? -1 : max(0, deadline - Clock.milliseconds)
            var poll = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, Int32(left))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0, fill() else { return nil }
        }
    }

    /// Takes in what has come; false at the end of the pipe.
    private mutating func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        var count = 0
        repeat {
            count = chunk.withUnsafeMutableBytes { read(pipe, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    /// A message that has come in whole.
    package mutating func takeMessage() -> [UInt8]? {
        guard buffer.count >= 4 else { return nil }
        let count = (0..<4).reduce(0) { $0 | Int(buffer[$1]) << ($1 * 8) }
        guard buffer.count >= 4 + count else { return nil }
        let message = Array(buffer[4..<(4 + count)])
        buffer.removeFirst(4 + count)
        return message
    }

    /// Waits for a worker that has said its last word.
    package borrowing func finish() { while waitpid(pid_t(pid), nil, 0) < 0, errno == EINTR {} }

    /// Waits for its end, but not for ever: somebody may have stopped it.
    package borrowing func awaitEnd(patience: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if Glibc.poll(&request, 1, patience) > 0 { waitpid(pid_t(pid), nil, WNOHANG) }
    }

    /// Collects every worker that has ended since it was left behind, so that a long life gathers no zombies.
    package static func reapEnded() { while waitpid(-1, nil, WNOHANG) > 0 {} }
}
