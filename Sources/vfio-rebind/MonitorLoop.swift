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
    private let report: MonitorReport
    private let serviceManager = ServiceManager()
    private let planner: Planner
    private var host: WatchedHost
    private var running = RunningUnits()
    private var isReady = false

    init(session: Session, isDry: Bool) {
        self.session = session
        self.isDry = isDry
        report = MonitorReport(options: session.options, root: session.root)
        planner = Planner(policies: session.policies, request: PlanRequest(isByUser: false))
        host = WatchedHost(root: session.root, wanted: session.policies.wantedFacts)
    }

    /// Looks at every function, then follows events until a signal ends the process.
    func run(_ monitor: borrowing UdevMonitor) throws(Failure) {
        try lookAtAll()
        try registerAbsent()
        while true {
            work()
            if running.isEmpty, host.dirty.isEmpty { ready() }
            wait(monitor.descriptor)
            try drain(monitor)
            for outcome in running.advance(root: session.root) { conclude(outcome) }
        }
    }

    /// Tells systemd once that the first look is over.
    private func ready() {
        guard !isReady else { return }
        isReady = true
        let policies = session.policies.policies.count
        report.say(.info, "watching \(host.functions.count) functions with \(policies) policies")
        serviceManager.tell("READY=1")
    }

    private func lookAtAll() throws(Failure) {
        do throws(HostReader.Failure) {
            try host.lookAtAll()
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
    }

    /// Registers the ids of policies for whole card types of which none is there yet.
    private func registerAbsent() throws(Failure) {
        let absent = try session.plan(PlanRequest(isByUser: false)).plan.registrations.filter { !$0.isPresent }
        guard !isDry else { return }
        for outcome in RegistrationWorker.register(absent, root: session.root) { report.registration(outcome) }
    }

    // MARK: Events

    private func wait(_ descriptor: Int32) {
        var polls = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)] + running.polls
        let next = [running.nextDeadline, host.nextLook].compactMap { $0 }.min()
        let timeout = next.map { Int32(clamping: max(0, $0 - Clock.milliseconds)) } ?? -1
        _ = poll(&polls, nfds_t(polls.count), timeout)
    }

    private func drain(_ monitor: borrowing UdevMonitor) throws(Failure) {
        var isLost = false
        do throws(UdevError) {
            while true {
                switch try monitor.next() {
                case .event(let event): host.note(event.address)
                case .ignored: continue
                case .overrun: isLost = true
                case .nothing:
                    if isLost { lookAgain() }
                    return
                }
            }
        } catch {
            throw Failure(status: .failed, message: "\(error)")
        }
    }

    /// Events were lost: everything is looked at.
    private func lookAgain() {
        report.say(.warning, "events were lost; looking at every function again")
        do throws(Failure) {
            try lookAtAll()
        } catch {
            report.say(.error, error.message)
        }
    }

    // MARK: Work

    /// Starts workers for the dirty functions that are not being worked on, as far as there is room.
    private func work() {
        host.wakeUp()
        guard running.hasRoom, !host.dirty.isEmpty else { return }
        let ready = host.takeReady(besides: running.addresses)
        let snapshot = host.snapshot(refreshing: ready)
        keepAutoprobe(snapshot.functions.filter { ready.contains($0.address) })
        let unfinished = Set(snapshot.records.values.filter { $0.phase != .rebound }.map(\.address))
        let candidates = planner.candidates(in: snapshot).union(unfinished).intersection(ready)
        guard !candidates.isEmpty else { return }
        if isDry { return decide(candidates, snapshot) }
        let conductor = Conductor(root: session.root, job: .rebind(planner), known: snapshot)
        for unit in WorkUnit.units(of: snapshot.functions.filter { candidates.contains($0.address) }) {
            start(unit, conductor)
        }
    }

    /// VFs that are still to come: their PFs keep drivers of the host from them where policies take them all.
    private func keepAutoprobe(_ functions: [PCIFunction]) {
        guard !isDry, session.policies.wantedFacts.contains(.virtualFunctions) else { return }
        for change in AutoprobeKeeper(root: session.root).keep(functions, policies: session.policies) {
            report.say(change.problem == nil ? .notice : .error, change.text)
        }
    }

    private func start(_ unit: WorkUnit, _ conductor: Conductor) {
        guard running.hasRoom else { return host.putBack(unit.addresses) }
        do throws(Errno) {
            running.add(try conductor.start(unit))
        } catch {
            report.say(.error, "starting a worker: \(error)")
            for address in unit.addresses { host.postpone(address) }
        }
    }

    private func decide(_ candidates: Set<PCIAddress>, _ snapshot: HostSnapshot) {
        let complete = SnapshotReader(root: session.root, wanted: session.policies.wantedFacts).complete(
            snapshot, for: planner, overrides: .inWorker(session.root))
        for plan in planner.plan(complete).functions where candidates.contains(plan.function.address) {
            report.decision(plan)
        }
    }

    private func conclude(_ outcome: FunctionOutcome) {
        host.conclude(outcome.address)
        let wasTried = !outcome.steps.isEmpty || !outcome.guards.isEmpty
        if outcome.outcome == .stuck || outcome.outcome == .failed && !wasTried { host.postpone(outcome.address) }
        report.outcome(outcome)
    }
}
