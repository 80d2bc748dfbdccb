import CLinux
import Glibc
package import Host
package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// Workers that take one unit after another: some are forked ahead, so that the first card to come need not wait for one, and what a crowd
/// of cards needs besides is forked once and not for each card.
///
/// A spare has the policies of the time of its fork. What it knows of other functions is of that time too, and of each `settle` since; the
/// functions that it is to work on it reads when their order comes.
package final class SpareWorkers {
    private let root: Root
    private let planner: Planner
    private var waiting: [Worker] = []

    /// How many wait while nothing is to be done.
    private static let count = 2
    /// Functions besides its own that a spare reads with an order; of more, the copy that a new fork has is cheaper.
    private static let limit = 4
    /// Functions of which spares are told that they are others by now; of more, a new fork is cheaper.
    private static let newsLimit = 64
    /// Orders that one takes; a process that ends now and then loses nothing by what it forgot to give back.
    private static let orderLimit = 64

    package init(root: Root, planner: Planner) {
        self.root = root
        self.planner = planner
    }

    deinit { for worker in waiting { worker.dismiss() } }

    /// Forks what is missing, dismisses what is too much, and tells the others which functions have changed; for a time in which nothing
    /// else is to be done.
    package func settle(knowing host: KnownHost, changed: Set<PCIAddress> = []) {
        while waiting.count > SpareWorkers.count || !waiting.isEmpty && changed.count > SpareWorkers.newsLimit {
            waiting.removeFirst().dismiss()
        }
        if !changed.isEmpty {
            let news = Order.news(of: changed).bytes
            waiting.removeAll { !$0.tell(news) }
        }
        guard waiting.count < SpareWorkers.count else { return }
        while waiting.count < SpareWorkers.count {
            guard let worker = try? fork(ahead: true, knowing: host) else { break }
            waiting.append(worker)
        }
        // What was shared with them is copied now, and not when it is written to.
        linux_populate()
    }

    /// How many wait for an order.
    package var waitingCount: Int { waiting.count }

    /// Whether no other need be forked while nothing is to be done, and none is too much.
    package var areEnough: Bool { waiting.count == SpareWorkers.count }

    /// Takes back one that is done, unless it is another's, or has worked enough.
    package func takeBack(_ worker: Worker) {
        guard worker.home === self else { return }
        if worker.orderCount < SpareWorkers.orderLimit { waiting.append(worker) } else { worker.dismiss() }
    }

    /// Gives a unit to one that waits, or that is forked; nil where none can be, or where too many functions have `changed` that its plan
    /// depends on.
    package func start(
        _ unit: WorkUnit, changed: [PCIAddress], knowing host: KnownHost, patience: Int = 60_000
    ) -> RunningUnit? {
        guard changed.count <= SpareWorkers.limit else { return nil }
        let order = Order(unit: unit, changed: changed, patience: patience)
        if let unit = give(order) { return unit }
        guard let worker = try? fork(ahead: false, knowing: host) else { return nil }
        waiting.append(worker)
        return give(order)
    }

    /// Gives a function to a spare that finds out by itself under which names it is locked, and declines what is not alone in its IOMMU
    /// group; nil where none waits, or where too many functions have `changed` that the plan depends on.
    package func start(_ newcomer: PCIFunction, changed: [PCIAddress], patience: Int = 60_000) -> RunningUnit? {
        guard changed.count <= SpareWorkers.limit else { return nil }
        let unit = WorkUnit(addresses: [newcomer.address], keys: [])
        return give(Order(unit: unit, changed: changed, patience: patience))
    }

    private func give(_ order: Order) -> RunningUnit? {
        let bytes = order.bytes
        while let worker = waiting.popLast() {
            // One that was killed takes no orders.
            guard worker.give(bytes) else { continue }
            return RunningUnit(unit: order.unit, worker: worker, patience: order.patience)
        }
        return nil
    }

    private func fork(ahead isAhead: Bool, knowing host: KnownHost) throws(Errno) -> Worker {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Errno.last
        }
        let own = OpenFile(ends[0])
        let other = ends[1]
        defer { close(other) }
        let worker = try WorkerProcess.start(keeping: root, and: other) { pipe in
            if isAhead {
                Rehearsal.run(root: root)
                linux_populate()
            }
            work(other, pipe, knowing: host)
        }
        return Worker(worker, orders: own, home: self)
    }

    /// What a spare does: it works as long as there are orders. One that is forked ahead makes its copy of the program its own before.
    private func work(_ orders: Int32, _ pipe: WorkerProcess.Pipe, knowing host: KnownHost) {
        var host = host
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            var count = 0
            repeat { count = recv(orders, &bytes, bytes.count, 0) } while count < 0 && errno == EINTR
            guard count > 0, let order = Order(String(decoding: bytes[..<count], as: UTF8.self)) else { return }
            host.refresh(order.changed, root: root, wanted: planner.policies.wantedFacts)
            guard !order.isNews else { continue }
            carryOut(order, pipe, knowing: host)
            guard send(orders, [0], 1, Int32(MSG_NOSIGNAL)) == 1 else { return }
        }
    }

    private func carryOut(_ order: Order, _ pipe: WorkerProcess.Pipe, knowing host: KnownHost) {
        var unit = order.unit
        var reading: HostReader.Reading?
        if unit.keys.isEmpty {
            let reader = HostReader(root: root, wanted: planner.policies.wantedFacts, isBrief: true)
            reading = reader.reading(of: unit.addresses[0])
            // One that has company in its group, or is gone, is no work for a spare.
            guard let newcomer = reading?.function, reader.isAlone(newcomer) else {
                pipe.send(WorkerMessage.declined.bytes)
                return
            }
            unit = WorkUnit.units(of: [newcomer])[0]
        }
        UnitWorker(
            root: root, job: .rebind(planner), unit: unit, known: host.snapshot, table: host.table,
            patience: order.patience, pipe: pipe, reading: reading
        ).run()
    }

    /// What a spare is told: the unit, the functions that are others than it knows, and how long it waits for locks.
    private struct Order {
        let unit: WorkUnit
        let changed: [PCIAddress]
        let patience: Int

        init(unit: WorkUnit, changed: [PCIAddress], patience: Int) {
            self.unit = unit
            self.changed = changed
            self.patience = patience
        }

        /// Nothing to do but to look at these.
        static func news(of changed: Set<PCIAddress>) -> Order {
            Order(unit: WorkUnit(addresses: [], keys: []), changed: Array(changed), patience: 0)
        }

        var isNews: Bool { unit.addresses.isEmpty }

        init?(_ text: String) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 4, let patience = Int(lines[3]) else { return nil }
            let addresses = { (line: Substring) in line.split(separator: " ").compactMap { PCIAddress($0) } }
            unit = WorkUnit(addresses: addresses(lines[0]), keys: Set(lines[1].split(separator: " ").map(String.init)))
            changed = addresses(lines[2])
            self.patience = patience
        }

        var bytes: [UInt8] {
            let lines = [
                unit.addresses.map(\.description), Array(unit.keys), changed.map(\.description), [String(patience)],
            ]
            return Array(lines.map { $0.joined(separator: " ") }.joined(separator: "\n").utf8)
        }
    }
}
