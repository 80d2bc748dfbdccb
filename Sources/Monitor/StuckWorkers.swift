import Glibc
import Passthrough
import Processes
import SystemPackage

/// Workers that hang in the kernel, ours and those of others, and the functions that wait for them: nobody asks again before they end.
struct StuckWorkers {
    private var workers: [Int: (watch: ProcessWatch, addresses: Set<PCIAddress>)] = [:]

    /// The functions that wait.
    var addresses: Set<PCIAddress> { workers.values.reduce(into: []) { $0.formUnion($1.addresses) } }
    /// What to wait for.
    var polls: [pollfd] { workers.values.map { pollfd(fd: $0.watch.descriptor, events: Int16(POLLIN), revents: 0) } }

    /// Waits for a worker; false where it has ended already.
    mutating func add(_ address: PCIAddress, worker pid: Int) -> Bool {
        if workers[pid] == nil {
            guard let watch = try? ProcessWatch(pid) else { return false }
            workers[pid] = (watch, [])
        }
        workers[pid]?.addresses.insert(address)
        return true
    }

    /// The functions whose worker has ended since.
    mutating func takeEnded() -> [PCIAddress] {
        var ended: [PCIAddress] = []
        for (pid, worker) in workers where worker.watch.hasEnded {
            ended += worker.addresses
            workers[pid] = nil
        }
        // Those that are ours.
        if !ended.isEmpty { WorkerProcess.reapEnded() }
        return ended.sorted()
    }
}
