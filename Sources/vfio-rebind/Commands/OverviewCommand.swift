import ArgumentParser
import Host
import HostFiles
import Passthrough
import PolicyFiles

/// The state in five lines, and what to do next: what the program shows when it is called without a command.
struct OverviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview", abstract: "Show the state in five lines.", shouldDisplay: false)

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if options.json { throw ValidationError("--json requires a command: list, plan, check …") }
    }

    func run() throws {
        let session = try Session(options, writes: false, reportsErrors: true)
        let style = Style(options.color)
        guard let functions = try? session.functions() else {
            Output.standard("vfio-rebind \(Version.number): found no PCI functions; is sysfs mounted?")
            return
        }
        let isValid = session.load.errors.isEmpty
        let plan = isValid ? try session.plan(PlanRequest()).plan : nil
        let overview = Overview(
            surroundings: session.source.surroundings ?? Surroundings(), functions: functions.functions,
            policies: session.policies, errors: session.load.errors.count, plan: plan,
            monitorRuns: session.root.isHost && LockSet.isHeld(LockSet.monitorKey, root: session.root))
        Output.standard(overview.text(style))
    }
}
