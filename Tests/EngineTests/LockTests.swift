import Glibc
import HostFiles
import Passthrough
import Testing

@testable import Host
@testable import Processes

/// Locks between processes. A worker is forked, which wants a process with one thread: each test runs in one of its own.
@Suite("Locks")
struct LockTests {
    @Test("one process excludes another, names itself, and lets go by dying")
    func exclusion() async {
        await #expect(processExitsWith: .success) {
            let tree = try TemporaryTree()
            var worker = try WorkerProcess.start(keeping: tree.root) { pipe in
                guard let locks = try? LockSet(["a", "b"], root: tree.root, patience: 0) else { return }
                pipe.send([1])
                pause()
                locks.unlock()
            }
            #expect(worker.receive(patience: Limit.hang) == [1])
            #expect(LockSet.isHeld("a", root: tree.root) && LockSet.isHeld("b", root: tree.root))
            #expect(!LockSet.isHeld("c", root: tree.root))
            do throws(LockSet.Failure) {
                try LockSet(["0", "b"], root: tree.root, patience: 50).unlock()
                Issue.record("both have it")
            } catch .held(let holder) {
                #expect(holder.pid == worker.pid && holder.key == "b" && !holder.isHanging)
            } catch {
                Issue.record("\(error)")
            }
            #expect(!LockSet.isHeld("0", root: tree.root), "what was taken before is let go")
            kill(pid_t(worker.pid), SIGKILL)
            worker.finish()
            try LockSet(["a", "b"], root: tree.root, patience: Limit.hang).unlock()
        }
    }

    @Test("a holder whose step should have ended is not waited for; one that has died since hangs no more")
    func hanging() async {
        await #expect(processExitsWith: .success) {
            let tree = try TemporaryTree()
            var worker = try WorkerProcess.start(keeping: tree.root) { pipe in
                guard let locks = try? LockSet(["a"], root: tree.root, patience: 0) else { return }
                locks.signature.sign(deadline: Clock.milliseconds - 1)
                pipe.send([1])
                pause()
                locks.unlock()
            }
            #expect(worker.receive(patience: Limit.hang) == [1])
            do throws(LockSet.Failure) {
                try LockSet(["a"], root: tree.root, patience: Limit.hang).unlock()
                Issue.record("both have it")
            } catch .held(let holder) {
                #expect(holder.isHanging && holder.pid == worker.pid)
            } catch {
                Issue.record("\(error)")
            }
            kill(pid_t(worker.pid), SIGKILL)
            worker.finish()
            try LockSet(["a"], root: tree.root, patience: Limit.hang).unlock()
        }
    }

    @Test("two processes with the same keys never wait for each other")
    func order() async {
        await #expect(processExitsWith: .success) {
            let tree = try TemporaryTree()
            var workers = 0
            for keys: Set<String> in [["a", "b", "c"], ["c", "b", "a"], ["b", "c"], ["c", "a"]] {
                var worker = try WorkerProcess.start(keeping: tree.root) { pipe in
                    for _ in 0..<20 {
                        guard let locks = try? LockSet(keys, root: tree.root, patience: Limit.hang) else { return }
                        locks.unlock()
                    }
                    pipe.send([1])
                }
                if worker.receive(patience: Limit.hang) == [1] { workers += 1 }
                worker.finish()
            }
            #expect(workers == 4)
        }
    }

    @Test("a folder of locks that cannot be made is an error of the state")
    func state() throws {
        let tree = try TemporaryTree()
        try tree.file(StatePath.folder, "a file")
        do throws(LockSet.Failure) {
            try LockSet(["a"], root: tree.root, patience: 0).unlock()
            Issue.record("locked")
        } catch .state(let error) {
            #expect(error.description.contains(StatePath.locks))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("a link in place of a lock is refused")
    func link() throws {
        let tree = try TemporaryTree()
        try tree.file("/etc/precious", "text")
        try tree.folder(StatePath.locks)
        try tree.link("\(StatePath.locks)/a", to: "/etc/precious")
        #expect(throws: LockSet.Failure.self) { try LockSet(["a"], root: tree.root, patience: 0).unlock() }
        #expect(tree.text("/etc/precious") == "text")
    }
}
