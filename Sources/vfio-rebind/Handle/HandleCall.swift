import Engine
import Glibc
import Host
import HostFiles
import Logging
import Passthrough
import PolicyFiles
import Processes
import SystemPackage

/// One call of `handle`: the way from a uevent to a driver, in at most 10 seconds when udev waits.
struct HandleCall {
    let options: GlobalOptions
    /// The event on the command line; nil for the one of the environment.
    let action: String?
    let path: String?
    let dryRun: Bool
    /// Whether the index of policies is there and holds.
    var hasIndex = false

    /// Milliseconds after which a slow driver is handed over: udev waits for ten seconds, and a slow machine needs some to hand over.
    private static let patience: Int64 = 7_000

    init(options: GlobalOptions, action: String?, path: String?, dryRun: Bool) {
        self.options = options
        self.action = action
        self.path = path
        self.dryRun = dryRun
    }

    /// Reads the plain forms of the arguments; nil where there is anything else, which is the argument parser's business.
    init?(_ arguments: ArraySlice<String>) {
        var values: [String: String] = [:]
        var policies: [String] = []
        var flags: Set<String> = []
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--json", "--quiet", "--verbose", "--dry-run": flags.insert(argument)
            case "--root", "--action", "--devpath", "--policy":
                guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
                if argument == "--policy" { policies.append(value) } else { values[argument] = value }
            default: return nil
            }
        }
        guard (values["--action"] == nil) == (values["--devpath"] == nil),
            !flags.isSuperset(of: ["--quiet", "--verbose"])
        else { return nil }
        self.init(
            options: GlobalOptions(
                root: values["--root"] ?? "/", policy: policies, json: flags.contains("--json"),
                quiet: flags.contains("--quiet"), verbose: flags.contains("--verbose")),
            action: values["--action"], path: values["--devpath"], dryRun: flags.contains("--dry-run"))
    }

    /// Whether udev waits for the answer and throws away what is printed.
    private var isUnderUdev: Bool { action == nil && getenv("SEQNUM") != nil }

    func run() -> ExitStatus {
        if action == nil, let event = NodeEvent() { return keepAccess(event) }
        do throws(Uevent.Rejection) {
            return handle(try event())
        } catch .errorRecovery {
            return nothing()
        } catch {
            if isUnderUdev { return .success }
            let hint = action == nil ? "; udev calls this command; by hand, use --action and --devpath" : ""
            return fail(Failure(status: .usage, message: "not a uevent of a PCI function: \(error)\(hint)"))
        }
    }

    /// Sets owner and mode of a VFIO node that appeared, after udev has set its own.
    private func keepAccess(_ event: NodeEvent) -> ExitStatus {
        do throws(Failure) {
            let session = try Session(options, writes: true)
            let addresses = event.addresses(below: session.root)
            let request = PlanRequest(isByUser: false)
            let snapshot = try session.neighbourhood(of: addresses, for: request)
            let plan = Planner(policies: session.policies, request: request).plan(snapshot, predicts: false)
            let log = EventLog(options: options, root: session.root, isUnderUdev: isUnderUdev)
            for plan in plan.functions where plan.decision == .already && addresses.contains(plan.function.address) {
                if let problem = AccessWriter(root: session.root).keep(plan) {
                    log.say(.error, "\(plan.function.address): \(problem)")
                }
            }
            return nothing()
        } catch {
            return fail(error)
        }
    }

    private func event() throws(Uevent.Rejection) -> Uevent {
        if let action, let path {
            return try Uevent { ["SUBSYSTEM": "pci", "ACTION": action, "DEVPATH": path][$0] }
        }
        return try Uevent { name in getenv(name).map { String(cString: $0) } }
    }

    private func handle(_ event: Uevent) -> ExitStatus {
        guard [.add, .bind, .change].contains(event.action) else { return nothing() }
        do throws(Failure) {
            return dryRun ? try show(event.address) : try work(on: event.address)
        } catch {
            return fail(error)
        }
    }

    /// Nothing to do; a document says so where one is asked for.
    private func nothing() -> ExitStatus {
        if options.json { Output.standard(JSONDocument.run("handle", RunResult(functions: [])).text) }
        return .success
    }

    private func show(_ address: PCIAddress) throws(Failure) -> ExitStatus {
        let session = try Session(options, writes: false)
        let plan = try session.plan(PlanRequest(addresses: [address], isByUser: false)).plan
        let status = PlanReport(options, detailedExitcode: false).present(plan, naming: [address])
        return isUnderUdev && status == .refused ? .success : status
    }

    /// Makes the policies true for the function. What failed is tried again as long as udev's time allows it, unless a monitor runs, which
    /// has more of it.
    private func work(on address: PCIAddress) throws(Failure) -> ExitStatus {
        let end = Clock.milliseconds + HandleCall.patience
        let session = try Session(options, writes: true)
        if options.policy.isEmpty, !hasIndex { PolicyIndex.save(session.load, root: session.root) }
        let pause = StateFolder(root: session.root).eventPause(of: address)
        guard pause != .leftToMonitor else { return nothing() }
        guard var result = try attempt(on: address, session, until: end) else { return nothing() }
        var schedule = RetrySchedule()
        while result.functions.contains(where: { $0.outcome == .failed }) {
            schedule.fail(at: Clock.milliseconds)
            guard let next = schedule.next, next < end, !LockSet.isHeld(LockSet.monitorKey, root: session.root) else {
                break
            }
            usleep(UInt32(clamping: next - Clock.milliseconds) * 1000)
            guard let later = try attempt(on: address, session, until: end) else { break }
            result = result.followed(by: later)
        }
        // That was said when it became so.
        if isUnderUdev, pause == .contested { result.functions.removeAll { $0.outcome == .contested } }
        return report(result, session)
    }

    /// What became of the function and of those that go with it; nil where nothing is to be done.
    private func attempt(
        on address: PCIAddress, _ session: Session, until end: Int64
    ) throws(Failure) -> RunResult? {
        let settled = SettledGroup(root: session.root, policies: session.load.fingerprint.value)
        // Before anything is decided: what changes meanwhile is another fact then.
        let members = settled.members(with: address)
        let request = PlanRequest(addresses: [address], isByUser: false)
        let snapshot = try session.neighbourhood(of: [address], for: request)
        keepAutoprobe(address, session, snapshot)
        let bystanders = BystanderWatch(session: session, snapshot: snapshot)
        guard let job = job(for: address, session, snapshot) else {
            bystanders.judge(address)
            tell(bystanders.withdraw(for: address), session)
            if lasts(address, session, snapshot) { settled.remember(members, of: address) }
            return nil
        }
        guard !LockSet.isHeld(WorkUnit.functionKey(address), root: session.root) else { return nil }
        let conductor = Conductor(
            root: session.root, job: .rebind(job.planner), known: snapshot,
            patience: isUnderUdev ? Int(HandleCall.patience) : 60_000,
            deadline: isUnderUdev ? end : nil)
        let result = RunResult(functions: conductor.run(job.units))
        tell(bystanders.withdraw(for: address), session)
        if lasts(address, session, snapshot),
            result.functions.allSatisfy({ [.rebound, .already].contains($0.outcome) })
        {
            let members = settled.members(with: address)
            let isThere = result.functions.allSatisfy { outcome in
                members.contains { $0.address == "\(outcome.address)" && $0.driver == outcome.driver?.text }
            }
            if isThere { settled.remember(members, of: address) }
        }
        return result
    }

    /// Whether what is decided about a function depends on nothing but what `SettledGroup` compares.
    private func lasts(_ address: PCIAddress, _ session: Session, _ snapshot: HostSnapshot) -> Bool {
        session.policies.wantedFacts.isSubset(of: .virtualFunctions) && options.policy.isEmpty
            && snapshot.function(at: address).map { $0.identity.virtualFunctions == nil } ?? false
    }

    private func keepAutoprobe(_ address: PCIAddress, _ session: Session, _ snapshot: HostSnapshot) {
        guard session.policies.wantedFacts.contains(.virtualFunctions), let function = snapshot.function(at: address)
        else { return }
        let log = EventLog(options: options, root: session.root, isUnderUdev: isUnderUdev)
        for change in AutoprobeKeeper(root: session.root).keep([function], policies: session.policies) {
            log.say(change.problem == nil ? .notice : .error, change.text)
        }
    }

    private func tell(_ withdrawn: [PCIID], _ session: Session) {
        let log = EventLog(options: options, root: session.root, isUnderUdev: isUnderUdev)
        for id in withdrawn { log.say(.notice, "\(id): no longer registered") }
    }

    /// What the event asks for: the function, and the members of its group that policies want; nil where that is nothing.
    private func job(
        for address: PCIAddress, _ session: Session, _ snapshot: HostSnapshot
    ) -> (planner: Planner, units: [WorkUnit])? {
        var request = PlanRequest(addresses: [address], isByUser: false)
        guard snapshot.function(at: address) != nil else { return nil }
        let scope = Planner.scope(of: [address], in: snapshot)
        let candidates = Planner(policies: session.policies, request: request).candidates(in: snapshot)
            .intersection(scope)
        let isUnfinished = snapshot.records[address].map { $0.phase != .rebound } ?? false
        guard !candidates.isEmpty || isUnfinished else { return nil }
        // A group member whose run was killed belongs to the transaction of the others.
        let unfinished = scope.filter { snapshot.records[$0].map { $0.phase != .rebound } ?? false }
        let addresses = candidates.union(unfinished).union([address])
        request.addresses = addresses
        let units = WorkUnit.units(of: snapshot.functions.filter { addresses.contains($0.address) })
        return (Planner(policies: session.policies, request: request), units)
    }

    private func report(_ result: RunResult, _ session: Session) -> ExitStatus {
        let log = EventLog(options: options, root: session.root, isUnderUdev: isUnderUdev)
        for outcome in result.functions {
            log.record(outcome)
            if outcome.outcome == .failed, LockSet.isHeld(LockSet.monitorKey, root: session.root) {
                log.say(.notice, "\(outcome.address): handed over to the monitor")
            }
            if outcome.outcome == .stuck, isUnderUdev {
                Takeover.handOver(outcome.address, root: session.root, log: log)
            }
        }
        if options.json { Output.standard(JSONDocument.run("handle", result).text) }
        switch result.status {
        case .refused: return isUnderUdev ? .success : .refused
        case let status:
            let isLeft = result.functions.allSatisfy { ![.failed, .vanished].contains($0.outcome) }
            return isUnderUdev && isLeft ? .success : status
        }
    }

    private func fail(_ failure: Failure) -> ExitStatus {
        if isUnderUdev {
            EventLog(options: options, root: .host, isUnderUdev: true).say(
                .error, ([failure.message] + failure.details).joined(separator: "; "))
        } else {
            failure.print(asJSON: options.json)
        }
        return failure.status
    }
}
