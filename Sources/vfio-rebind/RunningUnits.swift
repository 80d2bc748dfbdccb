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
    /// When to look at them, in the time of `Clock`; nil where none runs.
    var nextLook: Int64? { units.map(\.nextLook).min() }
    /// What to wait for.
    var polls: [pollfd] { units.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) } }

    mutating func add(_ unit: RunningUnit) { units.append(unit) }

    /// Takes in what the workers said; the outcomes of those that ended or were left behind, and the functions that were declined.
    mutating func advance(root: Root) -> (outcomes: [FunctionOutcome], declined: [PCIAddress]) {
        for unit in units { unit.advance(deadline: nil, root: root) }
        let over = units.filter(\.isOver)
        units.removeAll(where: \.isOver)
        WorkerProcess.reapEnded()
        return (over.flatMap(\.outcomes), over.filter(\.isDeclined).flatMap(\.unit.addresses))
    }
}
