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

    func contains(_ address: PCIAddress) -> Bool { units.contains { $0.unit.addresses.contains(address) } }

    /// When to look at them, in the time of `Clock`; nil where none runs.
    var nextLook: Int64? { units.map(\.nextLook).min() }
    /// What to wait for.
    var polls: [pollfd] { units.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) } }

    mutating func add(_ unit: RunningUnit) { units.append(unit) }

    /// Takes in what the workers said that have something to say; the units of those that are done, have ended or were left behind.
    mutating func advance(root: Root) -> [RunningUnit] {
        var polls = polls
        _ = poll(&polls, nfds_t(polls.count), 0)
        let now = Clock.milliseconds
        for (unit, poll) in zip(units, polls) where poll.revents != 0 || unit.nextLook <= now {
            unit.advance(deadline: nil, root: root)
        }
        let over = units.filter(\.isOver)
        units.removeAll(where: \.isOver)
        WorkerProcess.reapEnded()
        return over
    }
}
