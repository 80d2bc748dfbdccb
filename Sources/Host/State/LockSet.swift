import Glibc
package import HostFiles
import Processes
import SystemPackage

/// Locks of `/run/vfio-rebind/locks`, held by one worker until it ends; the kernel lets go of them when it dies.
///
/// flock(2) belongs to the open file, so a worker opens its own after the fork.
package struct LockSet: ~Copyable {
    private var files: [Int32] = []

    /// The lock that a running monitor holds.
    package static let monitorKey = "monitor"

    /// Who has a lock that was asked for.
    package struct Holder: Sendable {
        package let key: String
        /// As the holder wrote it; nil where it is gone already.
        package let pid: Int?
        /// The time of `Clock` until which its present step may take.
        let deadline: Int64

        /// Whether its step should have ended by now: it waits in the kernel and cannot be killed.
        package var isHanging: Bool {
            guard Clock.milliseconds > deadline, let pid else { return false }
            return ProcessState.letter(of: pid) != nil
        }
    }

    package enum Failure: Error {
        case held(Holder)
        case state(StateError)
    }

    /// Takes every key in one order, so that two processes cannot wait for each other.
    ///
    /// `patience` is in milliseconds; 0 asks once. A holder that hangs is never waited for.
    package init(_ keys: Set<String>, root: Root, patience: Int) throws(Failure) {
        // Who writes nothing disturbs nobody, and may not be allowed to make the files.
        if root.isReadOnly { return }
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
                let holder = LockSet.holder(key, file)
                if Clock.milliseconds >= deadline || holder.isHanging { throw .held(holder) }
                // Who waits does not hang: the keys that it has already say so.
                Signature(files: Array(files.dropLast())).sign(deadline: Clock.milliseconds + LockSet.readingTime)
                usleep(5000)
            }
            Signature(files: [file]).sign(deadline: Clock.milliseconds + LockSet.readingTime)
        }
    }

    /// Milliseconds between taking the locks and the first step.
    private static let readingTime: Int64 = 30_000

    deinit {
        for file in files { close(file) }
    }

    /// Whether someone else has a lock now.
    package static func isHeld(_ key: String, root: Root) -> Bool {
        guard let file = try? root.open("\(StatePath.locks)/\(key)", O_RDWR | O_NOFOLLOW) else { return false }
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 else { return false }
        return true
    }

    /// Whether someone has one of the locks whose names begin so, these aside.
    package static func isAnyHeld(of prefix: String, besides own: Set<String>, root: Root) -> Bool {
        let names = root.isReadOnly ? [] : (try? root.names(in: StatePath.locks)) ?? []
        return names.contains { $0.hasPrefix(prefix) && !own.contains($0) && isHeld($0, root: root) }
    }

    /// Lets go of every lock; without it they go with the value.
    package consuming func unlock() {}

    /// What writes into the locks who has them.
    package var signature: Signature { Signature(files: files) }

    package struct Signature: Sendable {
        fileprivate let files: [Int32]

        /// Tells those who ask for the locks until when the present step may take, in the time of `Clock`; they wait no longer.
        package func sign(deadline: Int64) {
            // Blanks keep the length, so that a reader never sees half of a number.
            let text = Array("\(getpid()) \(deadline)                    \n".utf8)
            for file in files { _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) } }
        }
    }

    private static func holder(_ key: String, _ file: Int32) -> Holder {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        let text = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let words = text.split(separator: " ")
        // A file without words is one whose holder has not signed yet.
        guard words.count == 2, let pid = Int(words[0]), let deadline = Int64(words[1]) else {
            return Holder(key: key, pid: nil, deadline: .max)
        }
        return Holder(key: key, pid: pid, deadline: deadline)
    }
}
