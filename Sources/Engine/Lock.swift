package import HostFiles
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Locks of `/run/vfio-rebind/locks`, held by one worker until it ends; the kernel lets go of them when it dies.
///
/// flock(2) belongs to the open file, so a worker opens its own after the fork.
package struct LockSet: ~Copyable {
    private var files: [Int32] = []

    /// Who has a lock that was asked for.
    package struct Holder: Sendable {
        package let key: String
        /// As the holder wrote it; nil where it is gone already.
        package let pid: Int?
        /// The state letter of proc(5); `D` means that it waits in the kernel and cannot be killed.
        package let state: Character?

        package var isHanging: Bool { state == "D" }
    }

    package enum Failure: Error {
        case held(Holder)
        case state(StateError)
    }

    /// Takes every key in one order, so that two processes cannot wait for each other.
    ///
    /// `patience` is in milliseconds; 0 asks once. A holder that hangs is never waited for.
    package init(_ keys: Set<String>, root: Root, patience: Int) throws(Failure) {
        do throws(Errno) {
            try root.makeFolder(StatePath.locks)
        } catch {
            throw .state(StateError(path: StatePath.locks, reason: error))
        }
        let deadline = Clock.milliseconds + Int64(patience)
        for key in keys.sorted() {
            let path = "\(StatePath.locks)/\(key)"
            do throws(Errno) {
                files.append(try root.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600).release())
            } catch {
                throw .state(StateError(path: path, reason: error))
            }
            let file = files[files.count - 1]
            while flock(file, LOCK_EX | LOCK_NB) != 0 {
                let holder = LockSet.holder(key, file, root)
                if Clock.milliseconds >= deadline || holder.isHanging { throw .held(holder) }
                usleep(5000)
            }
            LockSet.sign(file)
        }
    }

    deinit {
        for file in files { close(file) }
    }

    /// Whether someone else has a lock now.
    package static func isHeld(_ key: String, root: Root) -> Bool {
        guard let file = try? root.open("\(StatePath.locks)/\(key)", O_RDWR | O_NOFOLLOW) else { return false }
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 else { return false }
        return true
    }

    /// Lets go of every lock; without it they go with the value.
    package consuming func unlock() {}

    private static func sign(_ file: Int32) {
        let text = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    }

    private static func holder(_ key: String, _ file: Int32, _ root: Root) -> Holder {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        let text = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let pid = Int(text) else { return Holder(key: key, pid: nil, state: nil) }
        return Holder(key: key, pid: pid, state: ProcessState.letter(of: pid))
    }
}

/// What `/proc` says of a process of ours.
package enum ProcessState {
    /// The state letter, third field of `/proc/PID/stat` behind the command in parentheses; nil where it is gone.
    package static func letter(of pid: Int) -> Character? {
        guard let text = Root.host.attribute("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].first { $0 != " " }
    }

    /// Where in the kernel it waits; nil where that is not told.
    package static func waitChannel(of pid: Int) -> String? {
        guard let text = Root.host.attribute("/proc/\(pid)/wchan"), !text.isEmpty, text != "0" else { return nil }
        return text
    }
}

/// Clocks without Foundation.
package enum Clock {
    /// Milliseconds of CLOCK_MONOTONIC.
    package static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Seconds since 1970.
    package static var now: Int64 { Int64(time(nil)) }
}
