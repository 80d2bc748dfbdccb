import ArgumentParser
import Glibc
import Host
import HostFiles
import Passthrough
import PolicyFiles
import Processes
import SystemPackage
import Udev

struct MonitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Watch uevents and rebind functions as the policies say.",
        usage: "vfio-rebind monitor [<options>]")

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Log decisions; write nothing.")
    var dryRun = false

    func run() throws {
        let session = try Session(options, writes: !dryRun)
        guard session.root.isHost else {
            throw Failure(
                status: .unavailable, message: "monitor does not support --root")
        }
        let loaded = SettingsLoad(root: session.root, strict: !dryRun)
        if !options.quiet {
            for warning in loaded.warnings { Output.error("warning: \(warning)") }
        }
        guard loaded.errors.isEmpty else {
            throw Failure(
                status: .invalidData, message: "the settings are invalid; nothing was changed",
                details: loaded.errors.map(\.description))
        }
        // The unit's is stricter, but `status` is for everybody.
        umask(0o022)
        let lock: LockSet?
        do throws(LockSet.Failure) {
            lock = dryRun ? nil : try LockSet([LockSet.monitorKey], root: session.root, patience: 0)
        } catch {
            if case .held(let holder) = error {
                let pid = holder.pid.map { " (pid \($0))" } ?? ""
                throw Failure(status: .failed, message: "a monitor is already running\(pid)")
            }
            throw Failure(status: .failed, message: "the monitor's lock: \(error)")
        }
        let signals: SignalSource
        do throws(Errno) {
            signals = try SignalSource([SIGHUP, SIGTERM, SIGINT])
        } catch {
            throw Failure(status: .failed, message: "receiving signals: \(error)")
        }
        // Subscribed before the first look: what happens in between is then seen twice rather than never.
        let monitor: UdevMonitor
        do throws(UdevError) {
            monitor = try UdevMonitor(receiveBuffer: loaded.settings.receiveBuffer)
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
        let loop = MonitorLoop(session: session, settings: loaded.settings, isDry: dryRun)
        try loop.run(monitor, signals)
        lock?.unlock()
    }
}
