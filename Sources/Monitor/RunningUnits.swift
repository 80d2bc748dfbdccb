import Engine
import Glibc
import HostFiles
import Passthrough
import Processes

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

    func contains(_ address: PCIAddress) -> Bool { units.contains { $0.unit.addresses.contains(address) } }

    /// When to look at them, in the time of `Clock`; nil where none runs.
    var nextLook: Int64? { units.map(\.nextLook).min() }
    /// What to wait for.
    var polls: [pollfd] { units.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) } }

    mutating func add(_ unit: RunningUnit) { units.append(unit) }

    /// Takes in what those workers said whose descriptors are ready, or that are due; the units of those that are done, have ended or were
    /// left behind.
    mutating func advance(_ ready: [Int32], root: Root) -> [RunningUnit] {
        guard !units.isEmpty else { return [] }
        let now = Clock.milliseconds
        for unit in units where ready.contains(unit.descriptor) || unit.nextLook <= now {
            unit.advance(deadline: nil, root: root)
        }
        let over = units.filter(\.isOver)
        units.removeAll(where: \.isOver)
        if !over.isEmpty { WorkerProcess.reapEnded() }
        return over
    }
}
