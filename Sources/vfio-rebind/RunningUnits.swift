import Engine
import HostFiles
import Passthrough

#if canImport(Glibc)
    import Glibc
#endif

/// The units whose workers are under way.
struct RunningUnits {
    private var units: [RunningUnit] = []
    /// How many workers at once.
    var width: Int

    init(width: Int) { self.width = width }

    var isEmpty: Bool { units.isEmpty }
    var hasRoom: Bool { units.count < width }
    /// The functions that are being worked on.
    var addresses: Set<PCIAddress> { Set(units.flatMap(\.unit.addresses)) }
    /// When the first of them is given up, in the time of `Clock`; nil where none runs.
    var nextDeadline: Int64? { units.map(\.deadline).min() }
    /// What to wait for.
    var polls: [pollfd] { units.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) } }

    mutating func add(_ unit: RunningUnit) { units.append(unit) }

    /// Takes in what the workers said; the outcomes of those that ended or were left behind.
    mutating func advance(root: Root) -> [FunctionOutcome] {
        for unit in units { unit.advance(deadline: nil, root: root) }
        let outcomes = units.filter(\.isOver).flatMap(\.outcomes)
        units.removeAll(where: \.isOver)
        WorkerProcess.reapEnded()
        return outcomes
    }
}
