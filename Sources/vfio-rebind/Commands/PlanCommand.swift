import ArgumentParser
import Passthrough

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what apply would do and why; change nothing.",
        usage: "vfio-rebind plan [<options>] [<address> ...]")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: SnapshotOption

    @Flag(help: "Exit 3 if there is something to do and nothing is refused.")
    var detailedExitcode = false

    @Flag(help: "Also show functions that no policy matches.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Show what the current policies change, compared with those of this file or directory.", valueName: "path"))
    var against: String?

    @Option(
        name: .customLong("override"),
        help: ArgumentHelp("Override this guard; may be repeated.", valueName: "guard"))
    var overrides: [Guard] = []

    @Argument(
        help: ArgumentHelp("Only these functions and the members of their IOMMU groups.", valueName: "address"),
        completion: Completions.addresses, transform: AddressArgument.init)
    var addresses: [AddressArgument] = []

    func run() throws {
        let request = try PlanRequest(addresses, overrides)
        let report = PlanReport(options, detailedExitcode: detailedExitcode, all: all)
        let session = try Session(options, writes: false, snapshot: source.snapshot)
        let plan = try session.plan(request).plan
        guard let against else { return try report.show(plan, naming: request.addresses ?? []) }
        var older = options
        older.policy = [against]
        let before = try Session(older, writes: false, source: session.source).plan(request).plan
        try report.show(
            plan, naming: request.addresses ?? [], changes: PlanChanges(from: before, to: plan, older: against))
    }
}

extension PlanRequest {
    /// What the command line says. Status 64 for a guard that nothing overrides.
    init(_ addresses: [AddressArgument], _ overrides: [Guard]) throws(Failure) {
        for name in overrides where name.isUnconditional && name != .inUse {
            throw Failure(status: .usage, message: "the guard \(name.rawValue) can never be overridden")
        }
        self.init(addresses: addresses.isEmpty ? nil : Set(addresses.map(\.address)), overrides: Set(overrides))
    }
}
