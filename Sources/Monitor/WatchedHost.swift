import Host
import HostFiles
import Passthrough
import Processes

/// What the monitor knows of the host, and which functions it has to look at again.
struct WatchedHost {
    private let root: Root
    private var wanted: FunctionFacts
    private var reader: HostReader
    /// What was read last.
    private var table = FunctionTable()
    /// Functions to be looked at.
    private(set) var dirty: Set<PCIAddress> = []
    /// Units of functions that were looked at, and wait for a worker.
    private(set) var queue: [[PCIAddress]] = []
    /// Functions of which an event was passed over: what is known of them may be old.
    private var passedOver: Set<PCIAddress> = []
    /// Functions whose last try failed, and when they are tried again, in the time of `Clock`.
    private var retries: [PCIAddress: RetrySchedule] = [:]
    /// What was known of the host last: its records and holds; without functions, which stand in the table.
    private(set) var latest: HostSnapshot?
    /// Functions whose worker has ended since.
    private var concluded: Set<PCIAddress> = []
    /// Functions that were read, or are gone, since spare workers were told.
    private var changed: Set<PCIAddress> = []
    /// Whether any was since these were asked for last.
    private(set) var hasNews = false
    /// What keeps those that were refused when they were looked at last.
    private var refusals: [PCIAddress: [Guard: UseFinding]] = [:]
    /// The number of the kernel's last event when a function was read to be decided about.
    private var lastLook: [PCIAddress: UInt64] = [:]

    /// `wanted` is what the policies ask of functions besides what is always read.
    init(root: Root, wanted: FunctionFacts) {
        self.root = root
        self.wanted = wanted
        reader = HostReader(root: root, wanted: wanted)
    }

    /// What was read last, by address.
    var functions: [PCIAddress: PCIFunction] { table.functions }

    /// The other members of its IOMMU group, as they were read last.
    func mates(of function: PCIFunction) -> [PCIFunction] {
        guard let group = function.iommuGroup else { return [] }
        return table.members(of: group).filter { $0 != function.address }.compactMap { table[$0] }
    }

    /// Whether nothing was known of the address when it was looked at last.
    func isUnknown(_ address: PCIAddress) -> Bool { table[address] == nil && !dirty.contains(address) }

    /// Whether nothing is to be looked at now, and nothing waits for a worker.
    var isAtRest: Bool { dirty.isEmpty && queue.isEmpty }

    /// The functions that a plan for these depends on besides, as far as they are others than spare workers know.
    func changedNeighbours(
        of functions: [PCIFunction], for planner: Planner, _ records: [PCIAddress: FunctionRecord] = [:]
    ) -> [PCIAddress] {
        let unknown = [changed, passedOver, dirty].filter { !$0.isEmpty }
        guard !unknown.isEmpty else { return [] }
        let own = Set(functions.map(\.address))
        let near = table.neighbourhood(of: own, fresh: functions, followingTypes: false) {
            planner.policy(for: $0, records)
        }
        return near.map(\.address).filter { address in
            !own.contains(address) && unknown.contains { $0.contains(address) }
        }
    }

    /// What a worker that is forked now knows; nil until something was looked at.
    var known: KnownHost? { latest.map { KnownHost($0, table) } }

    /// Takes the functions of which spare workers are to be told. Of those that are quiet they are told with an order that depends on them.
    mutating func takeNews(besides isQuiet: (PCIAddress) -> Bool) -> Set<PCIAddress> {
        if !concluded.isEmpty { _ = refreshed(concluded) }
        let news = changed.filter { !isQuiet($0) }
        changed.subtract(news)
        hasNews = false
        return news
    }

    private mutating func noteChange(of address: PCIAddress) {
        changed.insert(address)
        hasNews = true
    }

    /// Whether what an event tells was true already when its function was looked at last, so that there is nothing to see: many come from
    /// what this program did itself.
    ///
    /// The kernel sends its events after the change, `remove` alone before the function is gone (`device_add`, `device_del`,
    /// `driver_bound` and `__device_release_driver` in drivers/base).
    func knows(_ event: Uevent) -> Bool {
        guard event.action != .remove, let number = event.number, let last = lastLook[event.address] else {
            return false
        }
        return number <= last
    }

    private var lastEvent: UInt64? { root.attribute("/sys/kernel/uevent_seqnum").flatMap { UInt64($0) } }

    /// When the next function is tried again without an event; nil where none is.
    var nextLook: Int64? { retries.isEmpty ? nil : retries.values.compactMap(\.next).min() }

    /// When a function whose last try failed is tried again, in the time of `Clock`; nil where it is not, or is being tried.
    func nextTry(of address: PCIAddress) -> Int64? { retries[address]?.next }

    /// Reads every function, and has all of them looked at.
    mutating func lookAtAll() throws(HostReader.Failure) {
        let old = functions.keys
        table = FunctionTable(try reader.functions())
        for address in old { noteChange(of: address) }
        for address in functions.keys { noteChange(of: address) }
        for address in functions.keys { note(address) }
    }

    /// Something may have changed about the function. One whose last try failed is tried when its schedule allows it: the try itself may be
    /// what changed it.
    mutating func note(_ address: PCIAddress) {
        if retries[address]?.next == nil {
            dirty.insert(address)
        } else {
            retries[address]?.hasten(at: Clock.milliseconds)
        }
    }

    /// An event names the function; one that has just come, or goes, has failed at nothing.
    mutating func note(_ event: Uevent) {
        if [.add, .remove].contains(event.action) { retries[event.address] = nil }
        note(event.address)
    }

    /// An event names a function that concerns nobody: it is read again when something else is looked at.
    mutating func noteInPassing(_ address: PCIAddress) { passedOver.insert(address) }

    /// Reads what other policies ask of functions from now on.
    mutating func follow(_ wanted: FunctionFacts) {
        self.wanted = wanted
        reader = HostReader(root: root, wanted: wanted)
        retries = [:]
    }

    /// There is no worker for these yet.
    mutating func putBack(_ unit: [PCIAddress]) { queue.append(unit) }

    /// A try failed: the function is tried again in a while, without an event. What came meanwhile is mostly of the try itself.
    mutating func retry(_ address: PCIAddress) {
        retries[address, default: RetrySchedule()].fail(at: Clock.milliseconds)
        dirty.remove(address)
    }

    /// The function is where it belongs, or nobody wants it any more.
    mutating func forgetRetries(of address: PCIAddress) { if !retries.isEmpty { retries[address] = nil } }

    /// A worker has ended: the function and what is written down of it may be others.
    mutating func conclude(_ address: PCIAddress) {
        refresh(address)
        concluded.insert(address)
    }

    /// The same, where it is known how it ended.
    mutating func conclude(_ outcome: FunctionOutcome) {
        let number = lastEvent
        refusals[outcome.address] = outcome.outcome == .refused ? outcome.evidence : nil
        // The undo of a failure makes events too.
        defer { if outcome.outcome == .failed { lastLook[outcome.address] = number } }
        guard [.rebound, .already].contains(outcome.outcome), var function = table[outcome.address],
            reader.driver(of: outcome.address) == outcome.driver
        else { return conclude(outcome.address) }
        function.driver = outcome.driver
        table.put(function)
        noteChange(of: outcome.address)
        concluded.insert(outcome.address)
        lastLook[outcome.address] = number
    }

    /// Takes up what was put off until now.
    mutating func wakeUp() {
        guard !retries.isEmpty else { return }
        let now = Clock.milliseconds
        for (address, schedule) in retries where schedule.next.map({ $0 <= now }) ?? false {
            retries[address]?.begin()
            dirty.insert(address)
        }
    }

    /// Takes the dirty functions that nobody works on, read again, so many of the units that wait for a worker, and the members of the groups
    /// of both, before and now: one that was refused for its mate may be free by now.
    mutating func takeReady(besides busy: Set<PCIAddress>, waiting count: Int) -> Set<PCIAddress> {
        dirty.formUnion(queue.joined().filter(busy.contains))
        let fresh = dirty.subtracting(busy)
        var ready = fresh.union(queue.prefix(count).joined()).subtracting(busy)
        let number = lastEvent
        for address in fresh { lastLook[address] = number }
        var groups = Set(ready.compactMap { table[$0]?.iommuGroup })
        for address in fresh.union(passedOver) { refresh(address) }
        passedOver = []
        groups.formUnion(ready.compactMap { table[$0]?.iommuGroup })
        let mates = groups.flatMap(table.members)
        ready.formUnion(mates.filter { !busy.contains($0) })
        if !retries.isEmpty { for address in ready { retries[address]?.begin() } }
        let left = queue.map { $0.filter { !busy.contains($0) && !ready.contains($0) } }
        queue = left.filter { !$0.isEmpty }
        dirty = dirty.union(mates).intersection(busy)
        return ready
    }

    /// These functions, and those that a plan for them depends on, as they were read last.
    ///
    /// The journal is read again for these, and for those whose worker has ended.
    mutating func snapshot(refreshing fresh: Set<PCIAddress>, for planner: Planner) -> HostSnapshot {
        let known = refreshed(fresh.union(concluded))
        let near = table.neighbourhood(of: fresh, fresh: fresh.compactMap { table[$0] }) {
            planner.policy(for: $0, known.records)
        }
        return known.replacing(near)
    }

    /// Every function as it was read last.
    mutating func snapshot() -> HostSnapshot {
        var snapshot = refreshed(concluded).replacing(Array(functions.values))
        snapshot.uses = refusals
        return snapshot
    }

    private mutating func refreshed(_ fresh: Set<PCIAddress>) -> HostSnapshot {
        let reader = SnapshotReader(root: root, wanted: wanted)
        let known = latest.map { reader.snapshot([], refreshing: fresh, from: $0) } ?? reader.snapshot([])
        concluded = []
        latest = known
        return known
    }

    private mutating func refresh(_ address: PCIAddress) {
        noteChange(of: address)
        guard let function = reader.function(at: address) else {
            table.remove(address)
            refusals[address] = nil
            lastLook[address] = nil
            retries[address] = nil
            return
        }
        table.put(function)
    }
}

extension FunctionOutcome {
    /// What its guards found in use; the others ask nobody but the plan.
    fileprivate var evidence: [Guard: UseFinding] {
        let asked: Set<Guard> = [.storage, .network, .open, .console, .libvirt, .identity]
        return Dictionary(
            guards.filter { $0.verdict == .busy && asked.contains($0.name) }
                .map { ($0.name, $0.found) }, uniquingKeysWith: { first, _ in first })
    }
}
