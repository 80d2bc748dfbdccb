import Glibc
import HostFiles
import Passthrough
import Testing

@testable import Host
@testable import Processes

@Suite("Worker processes")
struct WorkerProcessTests {
    @Test("messages of any size come whole and in order")
    func messages() async {
        await #expect(processExitsWith: .success) {
            let sizes = [0, 1, 4, 65_535, 65_536, 1_000_000, 3]
            var worker = try WorkerProcess.start(keeping: .host) { pipe in
                for size in sizes { pipe.send([UInt8](repeating: UInt8(size % 251), count: size)) }
            }
            for size in sizes {
                let message = worker.receive(patience: Limit.hang)
                #expect(message == [UInt8](repeating: UInt8(size % 251), count: size))
            }
            #expect(worker.receive(patience: Limit.hang) == nil)
            worker.finish()
        }
    }

    @Test("a worker that says nothing is not waited for beyond the patience")
    func silent() async {
        await #expect(processExitsWith: .success) {
            var worker = try WorkerProcess.start(keeping: .host) { _ in pause() }
            #expect(worker.receive(patience: 100) == nil)
            kill(pid_t(worker.pid), SIGKILL)
            #expect(worker.receive(patience: -1) == nil)
            worker.finish()
        }
    }

    @Test("a worker has no terminal, no standard streams and no descriptors but its own")
    func detached() async {
        await #expect(processExitsWith: .success) {
            let tree = try TemporaryTree()
            let kept = Glibc.open("/dev/null", O_RDONLY)
            var worker = try WorkerProcess.start(keeping: tree.root) { pipe in
                let open = (3..<64).filter { fcntl($0, F_GETFD) >= 0 }
                let isAlone = getsid(0) == getpid() && isatty(1) == 0
                pipe.send([UInt8(open.count), isAlone ? 1 : 0, tree.root.exists("/") ? 1 : 0])
            }
            #expect(worker.receive(patience: Limit.hang) == [2, 1, 1])
            worker.finish()
            close(kept)
        }
    }

    @Test("overrides are read in time, from a FIFO too")
    func overrides() async {
        await #expect(processExitsWith: .success) {
            let tree = try TemporaryTree()
            let addresses = [Scenario.address(1), Scenario.address(2), Scenario.address(3)]
            try tree.file(SysfsPath.driverOverride(addresses[0]), "(null)\n")
            try tree.fifo(SysfsPath.driverOverride(addresses[1]))
            try tree.file(SysfsPath.driverOverride(addresses[2]), "vfio-pci\n")
            for reader in [OverrideReader.inWorker(tree.root), .direct(tree.root)] {
                let values = reader.overrides(of: addresses)
                #expect(values[addresses[0]] == .some(nil))
                #expect(values[addresses[1]] ?? nil == nil)
                #expect(values[addresses[2]] == "vfio-pci")
            }
        }
    }
}
