import Glibc
import Host
import HostFiles
import Passthrough
import PolicyFiles
import SystemPackage

/// What every command needs: the root, the policies, the functions, in the order in which errors about them are reported.
struct Session {
    private(set) var options: GlobalOptions
    let root: Root
    private(set) var source: HostSource
    let policies: PolicySet
    /// What the policies were read from.
    let load: PolicyLoad

    /// Opens the root, requires root if the command writes, and reads the policies.
    ///
    /// Statuses: 64 for a root that is no directory, 77, 65, in this order; with `reportsErrors` invalid policies are for the caller to
    /// tell, from `load`. With a snapshot the host is that of the file.
    init(
        _ options: GlobalOptions, writes: Bool, snapshot: String? = nil, source known: HostSource? = nil,
        reportsErrors: Bool = false
    ) throws(Failure) {
        self.options = options
        do throws(Errno) {
            let root = try Root(options.root)
            self.root = writes ? root : root.readOnly
        } catch {
            throw Failure(status: .usage, message: "--root \(options.root): \(error)")
        }
        if writes, root.isHost, geteuid() != 0 {
            throw Failure(
                status: .needsRoot, message: "this command changes drivers and needs root; try sudo")
        }
        load = Session.load(options.policy, root, strict: writes)
        if !options.quiet, !reportsErrors {
            for warning in load.warnings { Output.error("warning: \(warning)") }
        }
        guard load.errors.isEmpty || reportsErrors else {
            let count = load.errors.count == 1 ? "an error" : "\(load.errors.count) errors"
            throw Failure(
                status: .invalidData, message: "\(count) in the policies; nothing was changed",
                details: load.errors.map(\.description))
        }
        policies = PolicySet(load.policies, fingerprint: load.fingerprint.value)
        if let known { source = known } else { source = try HostSource(snapshot: snapshot, root: root) }
    }

    /// Reads the policies. What `--policy` names is looked for below the root, and only where nothing of it is there, as it stands.
    private static func load(_ paths: [String], _ root: Root, strict: Bool) -> PolicyLoad {
        let isOutside = !root.isHost && !paths.isEmpty && !paths.contains { root.exists($0) }
        return PolicySource(
            root: isOutside ? .host : root, paths: paths, trust: PolicyTrust(strict: strict, root: root)
        ).load()
    }

    /// The functions, without evidence of use. Status 69 if sysfs or a named function is missing.
    func functions(naming addresses: [PCIAddress] = []) throws(Failure) -> HostSnapshot {
        let snapshot = try source.functions(wanted: policies.wantedFacts)
        try askForAll(addresses, in: snapshot)
        if !options.quiet {
            tellUndecided(snapshot)
            for damaged in source.damagedRecords { Output.error("warning: \(damaged)") }
        }
        return snapshot
    }

    private func askForAll(_ addresses: [PCIAddress], in snapshot: HostSnapshot) throws(Failure) {
        let missing = addresses.filter { snapshot.function(at: $0) == nil }
        if !missing.isEmpty {
            let names = missing.map(\.description).joined(separator: ", ")
            throw Failure(
                status: .unavailable, message: "no PCI function at \(names); `vfio-rebind list` shows what is there")
        }
    }

    /// Some functions and those near them, without evidence of use; missing functions are omitted.
    func neighbourhood(of addresses: Set<PCIAddress>, for request: PlanRequest) throws(Failure) -> HostSnapshot {
        let reader = SnapshotReader(root: root, wanted: policies.wantedFacts)
        do throws(HostReader.Failure) {
            let snapshot = try reader.neighbourhood(of: addresses, for: Planner(policies: policies, request: request))
            if !options.quiet { tellUndecided(snapshot) }
            return snapshot
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
    }

    private func tellUndecided(_ snapshot: HostSnapshot) {
        let undecided = policies.undecided(snapshot.functions)
        guard let first = undecided.first else { return }
        let others = undecided.count > 1 ? " and \(undecided.count - 1) more" : ""
        let hint = geteuid() == 0 || !root.isHost ? "" : "; that needs root"
        Output.error(
            "warning: \(first)\(others): the serial number is not known, so a `match` by serial number fails and an `except` by it does not apply\(hint)"
        )
    }

    /// The same where everything was said already.
    var quietly: Session {
        var copy = self
        copy.options.quiet = true
        return copy
    }

    /// The same about a snapshot of the host that is taken now, with every fact of every function.
    func captured() throws(Failure) -> Session {
        guard case .live(let root) = source else { return self }
        var copy = self
        copy.source = .captured(try HostSource.capture(of: root))
        return copy
    }

    /// The plan for some functions and the members of their IOMMU groups, of a snapshot that has no others but those that it depends on.
    func plan(near addresses: Set<PCIAddress>, _ request: PlanRequest) throws(Failure) -> (
        plan: HostPlan, snapshot: HostSnapshot
    ) {
        let planner = Planner(policies: policies, request: request)
        let near = try neighbourhood(of: addresses, for: request)
        try askForAll(addresses.sorted(), in: near)
        return TypeReader(root: root, planner: planner, registersAlone: true).plan(source.complete(near, for: planner))
    }

    /// The snapshot with evidence, and its plan.
    func plan(_ request: PlanRequest) throws(Failure) -> (plan: HostPlan, snapshot: HostSnapshot) {
        let planner = Planner(policies: policies, request: request)
        let snapshot = try functions(naming: request.addresses.map { $0.sorted() } ?? [])
        let complete = source.complete(snapshot, for: planner)
        let plan = planner.plan(complete)
        if !plan.isComplete, !options.quiet {
            Output.error(
                "some guards need root: they are shown as unknown, and the plan treats them as free")
        }
        return (plan, complete)
    }
}
