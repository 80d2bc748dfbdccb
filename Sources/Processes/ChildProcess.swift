import CLinux
import Glibc
import HostFiles
package import SystemPackage

/// Runs another program, waits for it no longer than it may take, and keeps what it prints.
///
/// posix_spawn(3) calls no code of ours between fork and exec. The program gets `/dev/null` as its input, no descriptor of ours (all are
/// close-on-exec), every signal as the system sets it, and an environment that does not depend on who started us.
package struct ChildProcess {
    /// How a program ended.
    package enum Ending: Hashable, Sendable {
        case exited(status: Int32)
        case killed(signal: Int32)
        /// It did not end in time and was killed. One that waits in the kernel ends when the kernel lets it.
        case timedOut
        case notStarted(Errno)
    }

    /// Which of its two streams is kept; the other one goes to `/dev/null`.
    package enum Stream: Sendable { case output, errors }

    package let ending: Ending
    /// The beginning of what it printed, without the white space at both ends.
    package let text: String

    package init(ending: Ending, text: String) {
        self.ending = ending
        self.text = text
    }

    package var hasSucceeded: Bool { ending == .exited(status: 0) }

    /// How it ended and what it printed, in one line.
    package var summary: String {
        let end =
            switch ending {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "killed by signal \(signal)"
            case .timedOut: "it did not end in time"
            case .notStarted(let error): "it could not be started: \(error)"
            }
        let lines = text.split(separator: "\n").map { line in
            String(line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        }
        return ([end] + lines).joined(separator: ": ")
    }

    private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]

    /// Bytes of output that are kept; the rest is read, so that the program does not wait for us, and dropped.
    private static let limit = 4096

    /// Runs a program by its path. `patience` is in milliseconds; nil waits for ever.
    package static func run(
        _ words: [String], keeping stream: Stream, patience: Int? = nil
    ) -> ChildProcess {
        var ends: [Int32] = [0, 0]
        guard linux_pipe(&ends) == 0 else { return ChildProcess(ending: .notStarted(Errno.last), text: "") }
        let output = OpenFile(ends[0])
        let pid: pid_t
        do throws(Errno) {
            defer { close(ends[1]) }
            pid = try start(words, writing: stream, to: ends[1])
        } catch {
            return ChildProcess(ending: .notStarted(error), text: "")
        }
        let deadline = patience.map { Clock.milliseconds + Int64($0) }
        var bytes: [UInt8] = []
        let isOver = follow(pid, output, until: deadline, &bytes)
        return ChildProcess(
            ending: isOver ? collect(pid) : giveUp(pid), text: trimmed(String(decoding: bytes, as: UTF8.self)))
    }

    private static func start(
        _ words: [String], writing stream: Stream, to descriptor: Int32
    ) throws(Errno) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let (kept, dropped) = stream == .output ? (STDOUT_FILENO, STDERR_FILENO) : (STDERR_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, descriptor, kept)
        posix_spawn_file_actions_addopen(&actions, dropped, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let error = withTexts(words) { arguments in
            withTexts(environment) { posix_spawn(&pid, words[0], &actions, &attributes, arguments, $0) }
        }
        guard error == 0 else { throw Errno(rawValue: error) }
        return pid
    }

    /// Calls with an array as exec(3) wants it: pointers to each text, and null.
    private static func withTexts<Value>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }

    /// Reads what the program prints until it has ended; false where the time is over before. What it has started itself may hold the pipe
    /// open for longer, and is not waited for.
    private static func follow(
        _ pid: pid_t, _ output: borrowing OpenFile, until deadline: Int64?, _ bytes: inout [UInt8]
    ) -> Bool {
        _ = fcntl(output.descriptor, F_SETFL, O_NONBLOCK)
        // Nil before Linux 5.3: there the end of the pipe has to do.
        let watch = try? ProcessWatch(Int(pid))
        var isOpen = true
        while isOpen || watch != nil {
            var polls = [
                pollfd(fd: isOpen ? output.descriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: watch?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let left = deadline.map { Int32(clamping: max(0, $0 - Clock.milliseconds)) } ?? -1
            let ready = poll(&polls, 2, left)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return false }
            isOpen = isOpen && drain(output, &bytes)
            if polls[1].revents != 0 { return true }
        }
        return true
    }

    /// Takes what has come; false at the end.
    private static func drain(_ output: borrowing OpenFile, _ bytes: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: limit)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(output.descriptor, $0.baseAddress, $0.count) }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            if count == 0 { return false }
            bytes += chunk[..<min(count, limit - bytes.count)]
        }
    }

    private static func collect(_ pid: pid_t) -> Ending {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return .notStarted(Errno.last) } }
        let signal = status & 0x7f
        return signal == 0 ? .exited(status: status >> 8 & 0xff) : .killed(signal: signal)
    }

    /// Kills it. One that waits in the kernel is left behind, to be collected by whoever collects us.
    private static func giveUp(_ pid: pid_t) -> Ending {
        kill(pid, SIGKILL)
        if let watch = try? ProcessWatch(Int(pid)) {
            var request = pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 1000) > 0 { waitpid(pid, nil, WNOHANG) }
        }
        return .timedOut
    }

    private static func trimmed(_ text: String) -> String {
        let isBlank = { (character: Character) in character.isWhitespace }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
