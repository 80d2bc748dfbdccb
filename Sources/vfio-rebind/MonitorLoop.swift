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

    private static let pause: Int64 = 1000

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

    /// Members of the group are asked again: one that was refused for its mate may be free now.
    private func note(_ event: Uevent) {
        dirty.insert(event.address)
        later[event.address] = nil
        let group = functions[event.address]?.iommuGroup
        refresh(event.address)
        let groups = Set([group, functions[event.address]?.iommuGroup].compactMap { $0 })
        guard !groups.isEmpty else { return }
        for (address, function) in functions where function.iommuGroup.map(groups.contains) ?? false {
            dirty.insert(address)
        }
    }

    private func refresh(_ address: PCIAddress) { functions[address] = reader.function(at: address) }

    // MARK: Work

    /// Starts workers for the dirty functions that are not being worked on.
    private func work() {
        let now = Clock.milliseconds
        for (address, time) in later where time <= now {
            later[address] = nil
            dirty.insert(address)
        }
        let busy = Set(running.flatMap(\.unit.addresses))
        let ready = dirty.subtracting(busy)
        guard !ready.isEmpty else { return }
        dirty.subtract(ready)
        for address in ready { refresh(address) }
        let snapshot = SnapshotReader(root: session.root).snapshot(Array(functions.values))
        let unfinished = Set(snapshot.records.values.filter { $0.phase != .rebound }.map(\.address))
        let candidates = planner.candidates(in: snapshot).union(unfinished).intersection(ready)
        guard !candidates.isEmpty else { return }
        if isDry { return decide(candidates, snapshot) }
        let conductor = Conductor(root: session.root, job: .rebind(planner), known: snapshot)
        for unit in WorkUnit.units(of: snapshot.functions.filter { candidates.contains($0.address) }) {
            do throws(Errno) {
                running.append(try conductor.start(unit))
            } catch {
                log.say(.error, "starting a worker: \(error)")
                for address in unit.addresses { later[address] = now + MonitorLoop.pause }
            }
        }
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
    }

    private func conclude(_ outcome: FunctionOutcome) {
        refresh(outcome.address)
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
