import Engine
import HostFiles
import Logging
import Passthrough
import SystemPackage
import Udev

#if canImport(Glibc)
    import Glibc
#endif

/// The long-running mode: an event says only "look at this address"; what is true is read again.
final class MonitorLoop {
    private let session: Session
    private let isDry: Bool
    private let log: EventLog
    private let planner: Planner
    private let reader: HostReader
    /// What was read last, by address.
    private var functions: [PCIAddress: PCIFunction] = [:]
    /// Functions to be looked at.
    private var dirty: Set<PCIAddress> = []
    private var running: [RunningUnit] = []
    /// Functions that somebody else works on or that hang, and when to look again.
    private var later: [PCIAddress: Int64] = [:]

    /// What was known of the host last.
    private var latest: HostSnapshot?
    /// Functions whose worker has ended since.
    private var concluded: Set<PCIAddress> = []

    private static let pause: Int64 = 1000
    /// How many workers at once.
    private static let width = 64

    init(session: Session, isDry: Bool) {
        self.session = session
        self.isDry = isDry
        log = EventLog(options: session.options, root: session.root, isUnderUdev: false)
        planner = Planner(policies: session.policies, request: PlanRequest(isByUser: false))
        reader = HostReader(root: session.root)
    }

    /// Looks at every function, then follows events until a signal ends the process.
    func run(_ monitor: borrowing UdevMonitor) throws(Failure) {
        try lookAtAll()
        try registerAbsent()
        while true {
            work()
            if running.isEmpty, dirty.isEmpty { ready() }
            wait(monitor.descriptor)
            try drain(monitor)
            advance()
        }
    }

    private var isReady = false

    /// Tells systemd once that the first look is over (sd_notify(3)).
    private func ready() {
        guard !isReady else { return }
        isReady = true
        log.say(.info, "watching \(functions.count) functions with \(session.policies.policies.count) policies")
        guard let socket = getenv("NOTIFY_SOCKET") else { return }
        _ = Datagram.send("READY=1", to: String(cString: socket))
    }

    private func lookAtAll() throws(Failure) {
        do throws(HostReader.Failure) {
            let all = try reader.functions()
            functions = Dictionary(uniqueKeysWithValues: all.map { ($0.address, $0) })
            dirty.formUnion(functions.keys)
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
    }

    /// Registers the ids of policies for whole card types of which none is there yet.
    private func registerAbsent() throws(Failure) {
        let absent = try session.plan(PlanRequest(isByUser: false)).plan.registrations.filter { !$0.isPresent }
        guard !isDry else { return }
        for outcome in RegistrationWorker.register(absent, root: session.root) {
            let line =
                "\(outcome.registration.id): registered with \(outcome.registration.driver) result=\(outcome.result)"
            log.say(["ok", "EEXIST"].contains(outcome.result) ? .notice : .error, line)
        }
    }

    // MARK: Events

    private func wait(_ descriptor: Int32) {
        var polls = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        polls += running.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let next = (running.map(\.deadline) + later.values).min()
        let timeout = next.map { Int32(clamping: max(0, $0 - Clock.milliseconds)) } ?? -1
        _ = poll(&polls, nfds_t(polls.count), timeout)
    }

    private func drain(_ monitor: borrowing UdevMonitor) throws(Failure) {
        var isLost = false
        do throws(UdevError) {
            while true {
                switch try monitor.next() {
                case .event(let event): note(event)
                case .ignored: continue
                case .overrun: isLost = true
                case .nothing:
                    if isLost { try lookAgain() }
                    return
                }
            }
        } catch {
            throw Failure(status: .failed, message: "\(error)")
        }
    }

    /// Events were lost: everything is looked at.
    private func lookAgain() throws(UdevError) {
        log.say(.warning, "events were lost; looking at every function again")
        do throws(Failure) {
            try lookAtAll()
        } catch {
            log.say(.error, error.message)
        }
    }

    private func note(_ event: Uevent) {
        dirty.insert(event.address)
        later[event.address] = nil
    }

    private func refresh(_ address: PCIAddress) { functions[address] = reader.function(at: address) }

    // MARK: Work

    /// Starts workers for the dirty functions that are not being worked on, as far as there is room.
    private func work() {
        let now = Clock.milliseconds
        for (address, time) in later where time <= now {
            later[address] = nil
            dirty.insert(address)
        }
        guard running.count < MonitorLoop.width, !dirty.isEmpty else { return }
        let ready = takeReady()
        let snapshot = snapshot(refreshing: ready)
        let unfinished = Set(snapshot.records.values.filter { $0.phase != .rebound }.map(\.address))
        let candidates = planner.candidates(in: snapshot).union(unfinished).intersection(ready)
        guard !candidates.isEmpty else { return }
        if isDry { return decide(candidates, snapshot) }
        let conductor = Conductor(root: session.root, job: .rebind(planner), known: snapshot)
        for unit in WorkUnit.units(of: snapshot.functions.filter { candidates.contains($0.address) }) {
            guard running.count < MonitorLoop.width else {
                dirty.formUnion(unit.addresses)
                continue
            }
            do throws(Errno) {
                running.append(try conductor.start(unit))
            } catch {
                log.say(.error, "starting a worker: \(error)")
                for address in unit.addresses { later[address] = now + MonitorLoop.pause }
            }
        }
    }

    /// The dirty functions that nobody works on, read again, with the members of their groups, before and now: one that was
    /// refused for its mate may be free by now.
    private func takeReady() -> Set<PCIAddress> {
        let busy = Set(running.flatMap(\.unit.addresses))
        var ready = dirty.subtracting(busy)
        var groups = Set(ready.compactMap { functions[$0]?.iommuGroup })
        for address in ready { refresh(address) }
        groups.formUnion(ready.compactMap { functions[$0]?.iommuGroup })
        let mates = functions.values.filter { $0.iommuGroup.map(groups.contains) ?? false }.map(\.address)
        ready.formUnion(mates.filter { !busy.contains($0) })
        dirty = dirty.union(mates).intersection(busy)
        return ready
    }

    /// All functions as they were read last; the journal is read again for these, and for those whose worker has ended.
    private func snapshot(refreshing fresh: Set<PCIAddress>) -> HostSnapshot {
        let reader = SnapshotReader(root: session.root)
        let all = Array(functions.values)
        let snapshot =
            latest.map { reader.snapshot(all, refreshing: fresh.union(concluded), from: $0) } ?? reader.snapshot(all)
        concluded = []
        latest = snapshot
        return snapshot
    }

    private func decide(_ candidates: Set<PCIAddress>, _ snapshot: HostSnapshot) {
        let complete = SnapshotReader(root: session.root).complete(
            snapshot, for: planner, overrides: .inWorker(session.root))
        for plan in planner.plan(complete).functions where candidates.contains(plan.function.address) {
            log.say(.notice, "\(plan.function.address): would \(plan.decision.rawValue) reason=\"\(plan.reason)\"")
            say([
                "address": .text(plan.function.address), "event": .text("decision"),
                "decision": .text(plan.decision.rawValue),
            ])
        }
    }

    private func advance() {
        for unit in running { unit.advance(deadline: nil, root: session.root) }
        for unit in running where unit.isOver {
            for outcome in unit.outcomes { conclude(outcome) }
        }
        running.removeAll(where: \.isOver)
        WorkerProcess.reapEnded()
    }

    private func conclude(_ outcome: FunctionOutcome) {
        refresh(outcome.address)
        concluded.insert(outcome.address)
        let wasTried = !outcome.steps.isEmpty || !outcome.guards.isEmpty
        if outcome.outcome == .stuck || outcome.outcome == .failed && !wasTried {
            later[outcome.address] = Clock.milliseconds + MonitorLoop.pause
        }
        log.record(outcome)
        say([
            "address": .text(outcome.address), "event": .text("outcome"), "outcome": .text(outcome.outcome.rawValue),
            "driver": .text(outcome.driver), "policy": .text(outcome.policy), "error": .text(outcome.error),
        ])
    }

    private func say(_ fields: [String: JSONValue]) {
        guard session.options.json else { return }
        let time = JSONValue.text(Timestamp.text(Clock.now))
        Output.standard(JSONDocument("event", fields.merging(["time": time]) { first, _ in first }).text)
    }
}
