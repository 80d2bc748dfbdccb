import Glibc
package import HostFiles
package import Passthrough
import Processes
package import SystemPackage

/// Hands units to workers, in parallel, and waits for each no longer than its steps may take.
package struct Conductor {
    private let root: Root
    private let job: Job
    private let known: HostSnapshot
    private let table: FunctionTable
    /// How many workers at once.
    private let width: Int
    /// Milliseconds that a worker waits for locks.
    private let patience: Int
    /// The time of `Clock` at which everything that runs is left behind; nil for none.
    private let deadline: Int64?

    package init(
        root: Root, job: Job, known: HostSnapshot, width: Int = 64, patience: Int = 60_000, deadline: Int64? = nil
    ) {
        self.root = root
        self.job = job
        self.known = known
        table = FunctionTable(known.functions)
        self.width = width
        self.patience = patience
        self.deadline = deadline
    }

    /// Runs every unit and answers an outcome for each of its functions, sorted.
    package func run(_ units: [WorkUnit]) -> [FunctionOutcome] {
        var waiting = units[...]
        var running: [RunningUnit] = []
        var outcomes: [FunctionOutcome] = []
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < width, let unit = waiting.popFirst() {
                do throws(Errno) {
                    running.append(try start(unit))
                } catch {
                    outcomes += unit.addresses.map {
                        FunctionOutcome(address: $0, outcome: .failed, error: "starting a worker: \(error)")
                    }
                }
            }
            Conductor.poll(running, until: deadline)
            for unit in running { unit.advance(deadline: deadline, root: root) }
            outcomes += running.filter(\.isOver).flatMap(\.outcomes)
            running.removeAll(where: \.isOver)
        }
        return outcomes.sorted { $0.address < $1.address }
    }

    /// Starts one unit; the caller polls its descriptor and advances it.
    package func start(_ unit: WorkUnit) throws(Errno) -> RunningUnit {
        let worker = try WorkerProcess.start(keeping: root) { pipe in
            UnitWorker(
                root: root, job: job, unit: unit, known: known, table: table, patience: patience, pipe: pipe
            ).run()
        }
        return RunningUnit(unit: unit, worker: Worker(worker), patience: patience)
    }

    private static func poll(_ units: [RunningUnit], until deadline: Int64?) {
        var polls = units.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let next = (units.map(\.nextLook) + [deadline].compactMap { $0 }).min() ?? Clock.milliseconds
        _ = Glibc.poll(&polls, nfds_t(polls.count), Int32(clamping: max(0, next - Clock.milliseconds)))
    }
}
