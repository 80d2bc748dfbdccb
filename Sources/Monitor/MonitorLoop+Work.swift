import Engine
import Host
import HostFiles
import Logging
import Passthrough
import Processes
import SystemPackage

/// Workers: which functions they get, and what becomes of them.
extension MonitorLoop {
    /// Milliseconds for which udev's messages wait behind the kernel's.
    private static let lead: Int64 = 100

    /// How many workers are forked in a turn of the loop: the next turn gives to those that are done by then.
    private static let forksInTurn = 8

    /// Starts workers for the dirty functions that are not being worked on, as far as there is room.
    func work() {
        host.wakeUp()
        if !toRelease.isEmpty { release() }
        guard running.hasRoom, !host.dirty.isEmpty || !host.queue.isEmpty else { return }
        if !isDry { leaveStuckAlone() }
        let ready = host.takeReady(
            besides: running.addresses.union(stuck.addresses),
            waiting: MonitorLoop.forksInTurn + (spares?.waitingCount ?? 0))
        guard !ready.isEmpty else { return }
        let snapshot = host.snapshot(refreshing: ready, for: planner)
        quiet.learn(ready, on: host, snapshot.records)
        keepAutoprobe(snapshot.functions.filter { ready.contains($0.address) })
        let unfinished = ready.filter { snapshot.records[$0].map { $0.phase != .rebound } ?? false }
        let candidates = planner.candidates(in: snapshot).intersection(ready).union(unfinished)
        for address in ready.subtracting(candidates) {
            report.forget(address)
            host.forgetRetries(of: address)
            if let function = snapshot.function(at: address) { noteBystander(function, snapshot.registeredIDs) }
        }
        guard !candidates.isEmpty else { return }
        if isDry { return decide(candidates, snapshot) }
        start(candidates, of: snapshot, .rebind(planner))
    }

    /// A write that hangs, begun by us, by a monitor before, or by `handle`, is neither waited for nor repeated.
    private func leaveStuckAlone() {
        for (address, worker) in StateFolder(root: session.root).stuckWorkers()
        where !stuck.addresses.contains(address) {
            guard stuck.add(address, worker: worker.pid) else { continue }
            conclude(
                FunctionOutcome(
                    address: address, outcome: .stuck, driver: HostReader(root: session.root).driver(of: address),
                    error: worker.text))
        }
    }

    private func start(_ addresses: Set<PCIAddress>, of snapshot: HostSnapshot, _ job: Job) {
        let conductor = Conductor(root: session.root, job: job, known: snapshot)
        var forks = 0
        for unit in WorkUnit.units(of: snapshot.functions.filter { addresses.contains($0.address) }) {
            let waiting = spares?.waitingCount ?? 0
            guard running.hasRoom, waiting > 0 || spares == nil || forks < MonitorLoop.forksInTurn else {
                if case .rebind = job { host.putBack(unit.addresses) } else { toRelease.formUnion(unit.addresses) }
                continue
            }
            if case .rebind = job, let spares, let known = host.known {
                let own = unit.addresses.compactMap { host.functions[$0] }
                let changed = host.changedNeighbours(of: own, for: planner, snapshot.records)
                if let unit = spares.start(unit, changed: changed, knowing: known) {
                    if waiting == 0 { forks += 1 }
                    running.add(unit)
                    continue
                }
            }
            do throws(Errno) {
                running.add(try conductor.start(unit))
                forks += 1
            } catch {
                report.say(.error, "starting a worker: \(error)")
                for address in unit.addresses { host.retry(address) }
            }
        }
    }

    /// Whether something waits that a worker can be had for at once.
    var isInHaste: Bool { running.hasRoom && !isDry && !(host.queue.isEmpty && readyToRelease.isEmpty) }

    /// Gives a function that has just come to a worker that waits, before anything of it is read here: nearly always it is alone in its
    /// IOMMU group, and the worker reads it anyway. False where it is to be looked at as all others are.
    func startAtOnce(_ event: Uevent) -> Bool {
        guard spares != nil, let newcomer = newcomer(event) else { return false }
        return giveAway(newcomer)
    }

    /// Takes the kernel's own word, before udev's, for it that a driver has a function that policies may want.
    func takeEarly(_ event: Uevent) {
        guard let newcomer = newcomer(event) else { return }
        let isFirst = running.isEmpty
        guard giveAway(newcomer) else { return host.note(newcomer.address) }
        if isFirst { udevWaits = Clock.milliseconds + MonitorLoop.lead }
    }

    /// The function of which an event tells, if it has just come, may be wanted, and nobody works on it.
    private func newcomer(_ event: Uevent) -> PCIFunction? {
        guard [.add, .bind].contains(event.action), event.driver?.isVFIO != true,
            !session.policies.wantedFacts.contains(.virtualFunctions), let newcomer = PCIFunction(event),
            host.isUnknown(newcomer.address), quiet.mayBeWanted(newcomer),
            !running.contains(newcomer.address), !stuck.addresses.contains(newcomer.address),
            !LockSet.isHeld(WorkUnit.functionKey(newcomer.address), root: session.root)
        else { return nil }
        return newcomer
    }

    private func giveAway(_ newcomer: PCIFunction) -> Bool {
        guard running.hasRoom,
            let unit = spares?.start(newcomer, changed: host.changedNeighbours(of: [newcomer], for: planner))
        else {
            return false
        }
        running.add(unit)
        return true
    }

    /// Takes an event of a function that is not there the whole way, its worker included, as `Rehearsal` does for what workers do.
    private func rehearse() {
        let text =
            "bind@/x\0ACTION=bind\0DEVPATH=/x/ffff:ff:1f.7\0SUBSYSTEM=pci\0DRIVER=x\0PCI_CLASS=20000\0PCI_ID=0000:0000\0"
        guard let event = Array(text.utf8).withUnsafeBytes({ Uevent(message: $0) }), let nobody = PCIFunction(event),
            !startAtOnce(event)
        else {
            return
        }
        _ = giveAway(nobody)
    }

    /// Sees to the workers that wait while nothing is to be done.
    func fillSpares() {
        guard !isDry, running.isEmpty, host.isAtRest, host.latest != nil else { return }
        if let spares, spares.areEnough, !host.hasNews { return }
        let isNew = self.spares == nil
        let spares = self.spares ?? SpareWorkers(root: session.root, planner: planner)
        self.spares = spares
        // Those that are forked now know everything.
        let news = host.takeNews(besides: isNew ? { _ in false } : quiet.contains)
        guard let known = host.known else { return }
        spares.settle(knowing: known, changed: isNew ? [] : news)
        if isNew { rehearse() }
    }

    private var readyToRelease: Set<PCIAddress> {
        toRelease.isEmpty ? [] : toRelease.subtracting(running.addresses).subtracting(stuck.addresses)
    }

    /// Gives back what no policy wants any more; what is being worked on waits for that.
    private func release() {
        let ready = readyToRelease
        guard !isDry, running.hasRoom, !ready.isEmpty else { return }
        toRelease.subtract(ready)
        start(ready, of: host.snapshot(refreshing: ready, for: planner), .release(overrides: [], holds: false))
    }

    /// VFs that are still to come: their PFs keep drivers of the host from them where policies take them all.
    private func keepAutoprobe(_ functions: [PCIFunction]) {
        guard !isDry, session.policies.wantedFacts.contains(.virtualFunctions) else { return }
        for change in AutoprobeKeeper(root: session.root).keep(functions, policies: session.policies) {
            report.say(change.problem == nil ? .notice : .error, change.text)
        }
    }

    private func decide(_ candidates: Set<PCIAddress>, _ snapshot: HostSnapshot) {
        let complete = SnapshotReader(root: session.root, wanted: session.policies.wantedFacts).complete(
            snapshot, for: planner, overrides: .inWorker(session.root))
        for plan in planner.plan(complete).functions where candidates.contains(plan.function.address) {
            report.decision(plan)
        }
    }

    func conclude(_ outcome: FunctionOutcome) {
        let address = outcome.address
        host.conclude(outcome)
        status.add(outcome)
        report.outcome(outcome)
        if outcome.outcome == .released { wantsRegistration = true }
        if outcome.outcome == .refused, let function = host.functions[address] {
            noteBystander(function, StateFolder(root: session.root).registeredIDs())
        }
        guard outcome.isToBeRetried else { return host.forgetRetries(of: address) }
        // A worker that hangs is waited for; only where that cannot be is the function asked about again by the clock.
        if let worker = StateFolder(root: session.root).stuckWorkers()[address], stuck.add(address, worker: worker.pid)
        {
            return host.forgetRetries(of: address)
        }
        host.retry(address)
    }

    /// An id that a function which stays shares is not to stay registered.
    private func noteBystander(_ function: PCIFunction, _ registered: [DriverName: Set<PCIID>]) {
        let isShared = registered.contains { driver, ids in ids.contains(function.id) && driver != function.driver }
        if isShared, function.driver?.isVFIO != true { wantsRegistration = true }
    }

    /// The worker of a stuck function has ended: what it left is looked at, and what is not as the policies want it is done.
    func cameBack(_ address: PCIAddress) {
        try? StateFolder(root: session.root).clearStuck(address)
        host.conclude(address)
        host.note(address)
        report.forget(address)
        status.forget(address)
        wantsRegistration = true
        let driver = host.functions[address]?.driver?.text ?? "none"
        report.say(.notice, "\(address): not stuck any more driver=\(driver)")
    }

    // MARK: Ids

    /// Registers the ids of policies for whole card types that no function is about to register, and takes back those that no policy
    /// names. While a function is stuck none is registered: the end of that asks again.
    func register() {
        if let time = registrationRetry.next, Clock.milliseconds >= time { wantsRegistration = true }
        guard wantsRegistration, registrations == nil, !isDry else { return }
        wantsRegistration = false
        registrationRetry.begin()
        let state = StateFolder(root: session.root)
        var bare = host.snapshot()
        bare.registeredIDs = state.registeredIDs()
        bare.begunIDs = state.begunIDs()
        bare.stuck = state.stuck()
        if !bare.stuck.isEmpty { leaveStuckAlone() }
        let plan = planner.plan(bare, predicts: false)
        do throws(Errno) {
            registrations = try RunningRegistrations.start(
                plan.registrationsAlone, withdrawing: plan.withdrawals, root: session.root)
        } catch {
            report.say(.error, "starting a worker: \(error)")
            registrationRetry.fail(at: Clock.milliseconds)
        }
        if registrations == nil, registrationRetry.next == nil { registrationRetry = RetrySchedule() }
    }

    func advanceRegistrations() {
        guard let registrations else { return }
        registrations.advance()
        guard registrations.isOver else { return }
        for outcome in registrations.outcomes { report.registration(outcome) }
        let failed = registrations.outcomes.filter(\.isToBeRetried)
        if failed.isEmpty, !registrations.hasFailedWithdrawals {
            registrationRetry = RetrySchedule()
        } else {
            registrationRetry.fail(at: Clock.milliseconds)
        }
        status.failedRegistrations = failed
        for id in registrations.removed { report.say(.notice, "\(id): no longer registered") }
        self.registrations = nil
    }
}
