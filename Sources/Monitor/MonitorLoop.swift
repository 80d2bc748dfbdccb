import Engine
import Glibc
import Host
import HostFiles
import Logging
import Passthrough
import PolicyFiles
import Processes
import SystemPackage
import Udev

/// The long-running mode: an event says only "look at this address"; what is true is read again.
final class MonitorLoop {
    var session: Session
    var settings: MonitorSettings
    let isDry: Bool
    var report: MonitorReport
    var planner: Planner
    var host: WatchedHost
    var quiet: QuietFunctions
    var running: RunningUnits
    /// Nil until the first look is over, and after a change of the policies.
    var spares: SpareWorkers?
    var stuck = StuckWorkers()
    var status = MonitorStatus()
    /// Ids on their way to drivers, and whether others wait for that.
    var registrations: RunningRegistrations?
    var wantsRegistration = true
    /// When IDs whose registration or removal failed are tried again.
    var registrationRetry = RetrySchedule()
    /// Functions whose policy is gone and that are to be given back.
    var toRelease: Set<PCIAddress> = []
    var watch: PolicyWatch?
    /// Nil where the kernel's own messages are not to be had, and where nothing is written.
    private let binds: BindMonitor?
    /// Until when udev's messages wait, in the time of `Clock`: a worker has just been given what the kernel said first, and to read what udev
    /// says of it would take its processor.
    var udevWaits: Int64 = 0
    /// When a change of the policies is looked at, and when the first of several came.
    var reloadTime: Int64?
    var firstChange: Int64?
    let serviceManager = ServiceManager()

    private let start = Clock.milliseconds
    private var isReady = false
    private var isOver = false
    private var lastSign = Clock.milliseconds
    private var isStatusLost = false

    /// Milliseconds after which systemd is told that we are ready, whatever still hangs.
    private static let patience: Int64 = 20_000

    init(session: Session, settings: MonitorSettings, isDry: Bool) {
        self.session = session
        self.settings = settings
        self.isDry = isDry
        report = MonitorReport(options: session.options, root: session.root, level: settings.logLevel)
        planner = Planner(policies: session.policies, request: PlanRequest(isByUser: false))
        host = WatchedHost(root: session.root, wanted: session.policies.wantedFacts)
        quiet = QuietFunctions(root: session.root, policies: session.policies)
        running = RunningUnits(width: settings.workers)
        binds = isDry ? nil : BindMonitor()
    }

    /// Looks at every function, then follows events until SIGTERM or SIGINT.
    func run(_ monitor: borrowing UdevMonitor, _ signals: borrowing SignalSource) throws(Failure) {
        for damaged in StateFolder(root: session.root).records().damaged { report.say(.warning, damaged) }
        if !isDry {
            Rehearsal.clean(root: session.root)
            Rehearsal.run(root: session.root)
        }
        try lookAtAll()
        watchPolicies()
        while !isOver {
            work()
            register()
            settle()
            fillSpares()
            let ready = wait(for: monitor.descriptor, signals.descriptor)
            if ready.contains(signals.descriptor) { while let signal = signals.next() { take(signal) } }
            if let watch, ready.contains(watch.descriptor), watch.drain() { policiesMayHaveChanged() }
            if let binds, ready.contains(binds.descriptor) { while let event = binds.next() { takeEarly(event) } }
            if ready.contains(monitor.descriptor) { try drain(monitor) }
            for unit in running.advance(ready, root: session.root) {
                for outcome in unit.outcomes { conclude(outcome) }
                if unit.isDeclined { for address in unit.unit.addresses { host.note(address) } }
                if let worker = unit.waitingWorker { spares?.takeBack(worker) }
            }
            for address in stuck.takeEnded() { cameBack(address) }
            advanceRegistrations()
            reloadIfDue()
        }
        serviceManager.tell("STOPPING=1")
        if !isDry { StatusFile.remove(root: session.root) }
    }

    func lookAtAll() throws(Failure) {
        do throws(HostReader.Failure) {
            try host.lookAtAll()
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
    }

    // MARK: Waiting

    /// Waits for whatever comes first, without a worker, a change or a watchdog for ever; the descriptors that have something to say.
    private func wait(for udev: Int32, _ signals: Int32) -> [Int32] {
        var polls = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        let isUdevToWait = !running.isEmpty && Clock.milliseconds < udevWaits
        if !isUdevToWait { polls.append(pollfd(fd: udev, events: Int16(POLLIN), revents: 0)) }
        if let watch { polls.append(pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)) }
        if let registrations {
            polls.append(pollfd(fd: registrations.descriptor, events: Int16(POLLIN), revents: 0))
        }
        if let binds { polls.append(pollfd(fd: binds.descriptor, events: Int16(POLLIN), revents: 0)) }
        polls += running.polls + stuck.polls
        let times = [
            running.nextLook, isUdevToWait ? udevWaits : nil, host.nextLook, registrations?.deadline,
            registrationRetry.next, reloadTime,
            isDry ? nil : status.nextWrite, isReady ? nil : start + MonitorLoop.patience,
            serviceManager.watchdogPeriod.map { lastSign + $0 },
        ]
        let timeout = times.compactMap(\.self).min().map { Int32(clamping: max(0, $0 - Clock.milliseconds)) } ?? -1
        guard poll(&polls, nfds_t(polls.count), isInHaste ? 0 : timeout) > 0 else { return [] }
        return polls.filter { $0.revents != 0 }.map(\.fd)
    }

    /// What is due by the clock: the sign of life, which only this loop gives, readiness, and the status.
    private func settle() {
        let now = Clock.milliseconds
        if let period = serviceManager.watchdogPeriod, now >= lastSign + period {
            serviceManager.tell("WATCHDOG=1")
            lastSign = now
        }
        if !isReady, isFirstLookOver || now >= start + MonitorLoop.patience { ready() }
        if !isDry, let time = status.nextWrite, now >= time { writeStatus() }
    }

    /// Whether all that was found at the start is done, but for what is stuck.
    private var isFirstLookOver: Bool {
        running.isEmpty && registrations == nil && host.queue.isEmpty && host.dirty.isSubset(of: stuck.addresses)
    }

    /// Tells systemd once that the first look is over.
    private func ready() {
        isReady = true
        let policies = session.policies.policies.count
        report.say(.info, "watching functions=\(host.functions.count) policies=\(policies)")
        serviceManager.tell("READY=1\nSTATUS=\(statusText)")
        status.touch()
    }

    var statusText: String {
        "\(host.functions.count) functions, \(session.policies.policies.count) policies: \(status.counters.text)"
    }

    private func writeStatus() {
        status.wasWritten()
        serviceManager.tell("STATUS=\(statusText)")
        do throws(Errno) {
            try StatusFile.write(
                status.fields(host, session.policies, registrationRetry, root: session.root), root: session.root)
            isStatusLost = false
        } catch {
            if !isStatusLost {
                report.say(.warning, "writing \(StatusFile.path): \(error); `vfio-rebind status` is old")
            }
            isStatusLost = true
        }
    }

    // MARK: What comes

    private func take(_ signal: Int32) {
        if signal == SIGHUP { reload() } else { isOver = true }
    }

    private func drain(_ monitor: borrowing UdevMonitor) throws(Failure) {
        var isLost = false
        do throws(UdevError) {
            while true {
                switch try monitor.next() {
                case .event(let event):
                    status.counters.events += 1
                    if quiet.passOver(event) {
                        host.noteInPassing(event.address)
                    } else if !host.knows(event), !startAtOnce(event) {
                        host.note(event)
                    }
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
        status.counters.overruns += 1
        status.counters.resyncs += 1
        report.say(.warning, "events were lost; looking at every function again overruns=\(status.counters.overruns)")
        do throws(Failure) {
            try lookAtAll()
        } catch {
            report.say(.error, error.message)
        }
    }
}
