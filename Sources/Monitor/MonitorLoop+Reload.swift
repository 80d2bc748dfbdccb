import Host
import HostFiles
import Logging
import Passthrough
import PolicyFiles
import Processes
import SystemPackage

/// Policies and settings that change while the monitor runs.
extension MonitorLoop {
    /// Watches what policies and settings are read from.
    func watchPolicies() {
        let root = session.root
        // Else our own files beside it would wake us while we wait for the folder.
        if !isDry { try? root.makeFolder("\(StatePath.folder)/policy.d") }
        let named = session.options.policy
        let watched = session.load.watched
        let folders = named.isEmpty ? PolicySource.folders : watched.filter(\.isFolder).map(\.path)
        let files = watched.filter { !$0.isFolder && !folders.contains($0.path) }.map(\.path) + [MonitorSettings.path]
        do throws(Errno) {
            watch = try PolicyWatch(folders: folders, files: files)
        } catch {
            watch = nil
            report.say(.warning, "watching the policies: \(error); SIGHUP reloads them")
        }
    }

    /// Puts the reload off until nothing more comes, but not for ever.
    func policiesMayHaveChanged() {
        let now = Clock.milliseconds
        let delay = Int64(settings.reloadDelay)
        firstChange = firstChange ?? now
        reloadTime = min(now + delay, (firstChange ?? now) + 10 * delay)
    }

    func reloadIfDue() {
        guard let time = reloadTime, Clock.milliseconds >= time else { return }
        // A folder may have come or gone, and then others are to be watched.
        guard !session.load.isCurrent(below: session.root) || hasNewSettings else {
            reloadTime = nil
            firstChange = nil
            return watchPolicies()
        }
        reload()
    }

    private var hasNewSettings: Bool {
        let load = SettingsLoad(root: session.root, strict: !isDry)
        return !load.errors.isEmpty || load.settings != settings
    }

    /// Reads policies and settings again; what is invalid changes nothing.
    func reload() {
        reloadTime = nil
        firstChange = nil
        serviceManager.tell("RELOADING=1\nMONOTONIC_USEC=\(Clock.milliseconds * 1000)")
        watchPolicies()
        do throws(Failure) {
            let loaded = SettingsLoad(root: session.root, strict: !isDry)
            let next = try Session(session.options, writes: !isDry)
            guard loaded.errors.isEmpty else {
                throw Failure(
                    status: .invalidData, message: "the settings are invalid", details: loaded.errors.map(\.description)
                )
            }
            try follow(next, loaded.settings)
            report.say(.notice, "reloaded policies=\(next.policies.policies.count)")
        } catch {
            report.say(.error, "not reloaded, the old policies and settings stay: \(error.message)")
            for detail in error.details { report.say(.error, detail) }
        }
        // What was read decides what is watched, links above all.
        watchPolicies()
        serviceManager.tell("READY=1\nSTATUS=\(statusText)")
    }

    private func follow(_ next: Session, _ settings: MonitorSettings) throws(Failure) {
        let old = session.policies
        session = next
        self.settings = settings
        planner = Planner(policies: next.policies, request: PlanRequest(isByUser: false))
        spares = nil
        quiet = QuietFunctions(root: next.root, policies: next.policies)
        running.width = settings.workers
        report.follow(settings.logLevel)
        host.follow(next.policies.wantedFacts)
        try lookAtAll()
        judge(old)
        wantsRegistration = true
        registrationRetry = RetrySchedule()
        status.failedRegistrations = []
        status.touch()
    }

    /// Functions whose policy is another, or none, now.
    private func judge(_ old: PolicySet) {
        let state = StateFolder(root: session.root)
        let records = state.records().records
        for address in state.contested() where !isDry {
            guard let function = host.functions[address] else { continue }
            let recorded = records[address].map { RecordedDriver($0.nativeDriver) }
            let before = old.first(for: function, recordedDriver: recorded)
            if before != session.policies.first(for: function, recordedDriver: recorded) {
                state.endContest(of: address)
            }
        }
        toRelease = []
        guard settings.releaseOnPolicyRemoval else { return }
        for (address, record) in records where !record.isByHand {
            guard let function = host.functions[address] else { continue }
            let recorded = RecordedDriver(record.nativeDriver)
            if session.policies.first(for: function, recordedDriver: recorded) == nil { toRelease.insert(address) }
        }
    }
}

extension WatchedPath {
    fileprivate var isFolder: Bool { status?.isFolder ?? false }
}
