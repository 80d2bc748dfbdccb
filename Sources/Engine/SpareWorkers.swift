import CLinux
package import HostFiles
package import Passthrough
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Workers that were forked ahead and wait for work, so that the first card to come need not wait for one.
///
/// A spare has the policies of the time of its fork; it reads functions and records when its work comes.
package final class SpareWorkers {
    private let root: Root
    private let planner: Planner
    private let known: HostSnapshot
    private var waiting: [Spare] = []

    /// What a crowd of cards needs besides is forked when it comes.
    private static let count = 2
    /// Functions besides its own that a spare reads; of more, the copy that a new fork has is cheaper.
    private static let limit = 4

    private final class Spare {
        var worker: WorkerProcess?
        let orders: OpenFile

        init(_ worker: consuming WorkerProcess, _ orders: consuming OpenFile) {
            self.worker = consume worker
            self.orders = orders
        }
    }

    /// `known` is what a snapshot knows besides functions.
    package init(root: Root, planner: Planner, known: HostSnapshot) {
        self.root = root
        self.planner = planner
        self.known = known
    }

    /// Forks what is missing; for a time in which nothing else is to be done. Those that wait end when the value goes.
    package func fill() {
        while waiting.count < SpareWorkers.count {
            guard let spare = try? fork() else { return }
            waiting.append(spare)
        }
        // What was shared with them is copied now, and not when it is written to.
        linux_populate()
    }

    /// Whether none is missing.
    package var isFull: Bool { waiting.count >= SpareWorkers.count }

    /// Gives a unit to a spare; nil where there is none, or where the plan depends on many other functions.
    package func start(_ unit: WorkUnit, of snapshot: HostSnapshot, patience: Int = 60_000) -> RunningUnit? {
        let others = snapshot.functions.map(\.address).filter { !unit.addresses.contains($0) }
        return give(Order(unit: unit, others: others, patience: patience))
    }

    /// Gives a function to a spare that finds out by itself under which names it is locked, and declines what is not alone in its IOMMU
    /// group; nil as above.
    package func start(_ newcomer: PCIFunction, near others: [PCIAddress], patience: Int = 60_000) -> RunningUnit? {
        give(Order(unit: WorkUnit(addresses: [newcomer.address], keys: []), others: others, patience: patience))
    }

    private func give(_ order: Order) -> RunningUnit? {
        guard order.others.count <= SpareWorkers.limit else { return nil }
        let bytes = order.bytes
        while let spare = waiting.popLast() {
            // One that was killed takes no orders.
            let sent = bytes.withUnsafeBytes {
                send(spare.orders.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent == bytes.count, let worker = spare.worker.take() else { continue }
            return RunningUnit(unit: order.unit, worker: worker, patience: order.patience)
        }
        return nil
    }

    private func fork() throws(Errno) -> Spare {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Errno.last
        }
        let own = OpenFile(ends[0])
        let other = ends[1]
        defer { close(other) }
        let worker = try WorkerProcess.start(keeping: root, and: other) { pipe in work(other, pipe) }
        return Spare(worker, own)
    }

    /// What a spare does: it makes its copy of the program its own, waits, and works.
    private func work(_ orders: Int32, _ pipe: WorkerProcess.Pipe) {
        Rehearsal.run(root: root)
        linux_populate()
        var bytes = [UInt8](repeating: 0, count: 65536)
        var count = 0
        repeat { count = recv(orders, &bytes, bytes.count, 0) } while count < 0 && errno == EINTR
        guard count > 0, let order = Order(String(decoding: bytes[..<count], as: UTF8.self)) else { return }
        let wanted = planner.policies.wantedFacts
        guard let unit = order.unit.keys.isEmpty ? unit(of: order.unit.addresses[0]) : order.unit else {
            pipe.send(WorkerMessage.declined.bytes)
            return
        }
        let others = order.others.compactMap(HostReader(root: root, wanted: wanted).function)
        let near = Set(unit.addresses + order.others)
        let snapshot = SnapshotReader(root: root, wanted: wanted).snapshot(others, refreshing: near, from: known)
        UnitWorker(
            root: root, job: .rebind(planner), unit: unit, known: snapshot, table: FunctionTable(others),
            patience: order.patience, pipe: pipe
        ).run()
    }

    /// The unit that a function is alone; nil where it has company in its group, or is gone.
    private func unit(of address: PCIAddress) -> WorkUnit? {
        guard let function = HostReader(root: root).loner(at: address) else { return nil }
        return WorkUnit.units(of: [function]).first
    }

    /// What a spare is told: the unit, the functions that its plan depends on besides, and how long it waits for locks.
    private struct Order {
        let unit: WorkUnit
        let others: [PCIAddress]
        let patience: Int

        init(unit: WorkUnit, others: [PCIAddress], patience: Int) {
            self.unit = unit
            self.others = others
            self.patience = patience
        }

        init?(_ text: String) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 4, let patience = Int(lines[3]) else { return nil }
            let addresses = { (line: Substring) in line.split(separator: " ").compactMap { PCIAddress($0) } }
            unit = WorkUnit(addresses: addresses(lines[0]), keys: Set(lines[1].split(separator: " ").map(String.init)))
            others = addresses(lines[2])
            self.patience = patience
        }

        var bytes: [UInt8] {
            let lines = [
                unit.addresses.map(\.description), Array(unit.keys), others.map(\.description), [String(patience)],
            ]
            return Array(lines.map { $0.joined(separator: " ") }.joined(separator: "\n").utf8)
        }
    }
}
