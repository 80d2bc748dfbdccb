import ArgumentParser
import Passthrough

struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Undo what vfio-rebind did: restore driver, driver_override and IDs.",
        usage: """
            vfio-rebind release [<options>] <address> ...
            vfio-rebind release [<options>] --all
            """,
        discussion:
            "A released function is on hold: neither the udev rule nor the monitor rebinds it until apply names it or it is unplugged."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "All functions that vfio-rebind rebound.")
    var all = false

    @Flag(help: "Only show the plan.")
    var dryRun = false

    @Option(
        name: .customLong("override"),
        help: ArgumentHelp(
            "Override this guard, or drift: changes that another program made since; may be repeated.",
            valueName: "guard"))
    var overrides: [ReleaseOverride] = []

    @Argument(
        help: ArgumentHelp("The functions.", valueName: "address"), completion: Completions.addresses,
        transform: AddressArgument.init)
    var addresses: [AddressArgument] = []

    func validate() throws {
        if all != addresses.isEmpty {
            throw ValidationError(all ? "--all and addresses exclude each other" : "name functions, or use --all")
        }
    }

    func run() throws {
        let guards = try PlanRequest(addresses, overrides.compactMap(\.name)).overrides
        let passesDrift = overrides.contains(.drift)
        let session = try Session(options, writes: !dryRun)
        let runner = Runner(session: session)
        let wanted = addresses.map(\.address)
        if dryRun {
            let plan = try runner.releasePlan(wanted, all: all, overrides: guards, passesDrift: passesDrift)
            return try PlanReport(options, detailedExitcode: false, isRelease: true).show(plan, naming: Set(wanted))
        }
        try RunReport(options, "release").show(
            try runner.release(wanted, all: all, overrides: guards, passesDrift: passesDrift))
    }
}
