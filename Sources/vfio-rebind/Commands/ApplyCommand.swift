import ArgumentParser
import Passthrough

struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Rebind functions as the policies say.",
        usage: "vfio-rebind apply [<options>] [<address> ...]")

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Only show the plan.")
    var dryRun = false

    @Flag(help: "With --dry-run: exit 3 if there is something to do and nothing is refused.")
    var detailedExitcode = false

    @Option(
        name: .customLong("override"),
        help: ArgumentHelp("Override this guard; may be repeated.", valueName: "guard"))
    var overrides: [Guard] = []

    @Argument(
        help: ArgumentHelp(
            "Only these functions and the members of their IOMMU groups. Naming one lifts its hold.",
            valueName: "address"), completion: Completions.addresses, transform: AddressArgument.init)
    var addresses: [AddressArgument] = []

    func validate() throws {
        if detailedExitcode, !dryRun { throw ValidationError("--detailed-exitcode requires --dry-run") }
    }

    func run() throws {
        let request = try PlanRequest(addresses, overrides)
        if dryRun { return try PlanReport(options, detailedExitcode: detailedExitcode).show(request, writes: false) }
        let session = try Session(options, writes: true)
        try RunReport(options, "apply").show(try Runner(session: session).rebind(request))
    }
}
