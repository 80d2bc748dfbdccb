import ArgumentParser
import Engine
import HostFiles
import Passthrough
import Udev

struct MonitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Follow uevents and keep the policies true.",
        usage: "vfio-rebind monitor [<options>]")

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Log decisions; write nothing.")
    var dryRun = false

    func run() throws {
        let session = try Session(options, writes: !dryRun)
        guard session.root.isHost else {
            throw Failure(
                status: .unavailable, message: "the monitor opens a socket, which it does not below another root")
        }
        let lock: LockSet?
        do throws(LockSet.Failure) {
            lock = dryRun ? nil : try LockSet([Takeover.monitorKey], root: session.root, patience: 0)
        } catch {
            if case .held(let holder) = error {
                let pid = holder.pid.map { " (pid \($0))" } ?? ""
                throw Failure(status: .failed, message: "a monitor runs already\(pid)")
            }
            throw Failure(status: .failed, message: "the monitor's lock: \(error)")
        }
        // Subscribed before the first look: what happens in between is then seen twice rather than never.
        let monitor: UdevMonitor
        do throws(UdevError) {
            monitor = try UdevMonitor()
        } catch {
            throw Failure(status: .unavailable, message: "\(error)")
        }
        let loop = MonitorLoop(session: session, isDry: dryRun)
        try loop.run(monitor)
        lock?.unlock()
    }
}
