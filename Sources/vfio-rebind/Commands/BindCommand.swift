import ArgumentParser
import Passthrough

struct BindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bind", abstract: "Bind functions to vfio-pci without a policy.",
        usage: "vfio-rebind bind [<options>] <address> ...")

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("The driver to bind.", valueName: "name"))
    var driver: DriverName = .vfioPCI

    @Option(help: "auto, new_id or driver_override.")
    var method: Policy.MethodChoice = .auto

    @Option(
        name: .customLong("override"),
        help: ArgumentHelp("Override this guard; may be repeated.", valueName: "guard"))
    var overrides: [Guard] = []

    @Flag(help: "Only show the plan.")
    var dryRun = false

    @Argument(
        help: ArgumentHelp("The functions.", valueName: "address"), completion: Completions.addresses,
        transform: AddressArgument.init)
    var addresses: [AddressArgument]

    func validate() throws {
        if ["auto", "none"].contains(driver.text) {
            throw ValidationError("--driver: \(driver) is not a driver's name; the default is vfio-pci")
        }
    }

    func run() throws {
        var request = try PlanRequest(addresses, overrides)
        let session = try Session(options, writes: !dryRun)
        let snapshot = try session.functions(naming: addresses.map(\.address))
        let ids = Set(addresses.compactMap { snapshot.function(at: $0.address)?.id }).sorted()
        // The IDs are those that `new_id` registers; the addresses keep it from being a policy for whole types.
        let match = Match(ids: ids.map { IDPattern($0) }, addresses: addresses.map { .exact($0.address) })
        request.byHand = Policy(name: Policy.byHand, match: match, driver: driver, method: method)
        if dryRun {
            return try PlanReport(options, detailedExitcode: false).show(
                try session.plan(request).plan, naming: request.addresses ?? [])
        }
        try RunReport(options, "bind").show(try Runner(session: session).rebind(request))
    }
}
