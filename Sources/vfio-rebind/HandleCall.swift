import Engine
import HostFiles
import Logging
import Passthrough
import PolicyFiles
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// One call of `handle`: the way from a uevent to a driver, in at most 10 seconds when udev waits.
struct HandleCall {
    let options: GlobalOptions
    /// The event on the command line; nil for the one of the environment.
    let action: String?
    let path: String?
    let dryRun: Bool

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
        do throws(Uevent.Rejection) {
            return handle(try event())
        } catch .otherSubsystem where isUnderUdev {
            return .success
        } catch .errorRecovery {
            return .success
        } catch {
            return isUnderUdev
                ? .success : fail(Failure(status: .usage, message: "no uevent of a PCI function: \(error)"))
        }
    }

    private func event() throws(Uevent.Rejection) -> Uevent {
        if let action, let path {
            return try Uevent { ["SUBSYSTEM": "pci", "ACTION": action, "DEVPATH": path][$0] }
        }
        return try Uevent { name in getenv(name).map { String(cString: $0) } }
    }

    private func handle(_ event: Uevent) -> ExitStatus {
        guard [.add, .bind, .change].contains(event.action) else { return .success }
        do throws(Failure) {
            return try work(on: event.address)
        } catch {
            return fail(error)
        }
    }

    private func work(on address: PCIAddress) throws(Failure) -> ExitStatus {
        let start = Clock.milliseconds
        let session = try Session(options, writes: !dryRun)
        if options.policy.isEmpty, !dryRun { PolicyIndex.save(session.load, root: session.root) }
        var request = PlanRequest(addresses: [address], isByUser: false)
        if dryRun {
            let plan = try session.plan(request).plan
            try? PlanReport(options, detailedExitcode: false).show(plan, naming: [address])
            return .success
        }
        let snapshot = try session.functions()
        guard snapshot.function(at: address) != nil else { return .success }
        let planner = Planner(policies: session.policies, request: request)
        let scope = Planner.scope(of: [address], in: snapshot)
        let candidates = planner.candidates(in: snapshot).intersection(scope)
        let isUnfinished = snapshot.records[address].map { $0.phase != .rebound } ?? false
        guard !candidates.isEmpty || isUnfinished, !LockSet.isHeld(WorkUnit.functionKey(address), root: session.root)
        else { return .success }
        request.addresses = candidates.union([address])
        let units = WorkUnit.units(of: snapshot.functions.filter { request.addresses?.contains($0.address) ?? false })
        let conductor = Conductor(
            root: session.root, job: .rebind(Planner(policies: session.policies, request: request)), known: snapshot,
            patience: isUnderUdev ? Int(HandleCall.patience) : 60_000,
            deadline: isUnderUdev ? start + HandleCall.patience : nil)
        let result = RunResult(functions: conductor.run(units))
        return report(result, session)
    }

    private func report(_ result: RunResult, _ session: Session) -> ExitStatus {
        let log = EventLog(options: options, root: session.root, isUnderUdev: isUnderUdev)
        for outcome in result.functions {
            log.record(outcome)
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
