import ArgumentParser
import Passthrough
import Udev

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show PCI functions: driver, IOMMU group, policy and state.",
        usage: "vfio-rebind list [<options>] [<address> ...]")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: SnapshotOption

    @Flag(help: "Draw a tree by IOMMU group.")
    var groups = false

    @Flag(help: "Draw the tree of bridges.")
    var topology = false

    @Flag(help: "Print the tree of --groups or --topology as a graph for Graphviz.")
    var dot = false

    @Argument(
        help: ArgumentHelp("Only these functions.", valueName: "address"), completion: Completions.addresses,
        transform: AddressArgument.init)
    var addresses: [AddressArgument] = []

    func validate() throws {
        if groups, topology { throw ValidationError("--groups and --topology exclude each other") }
        if dot, !groups, !topology { throw ValidationError("--dot draws --groups or --topology") }
        if dot, options.json { throw ValidationError("--dot and --json exclude each other") }
    }

    func run() throws {
        let session = try Session(options, writes: false, snapshot: source.snapshot)
        let wanted = addresses.map(\.address)
        let snapshot = try session.functions(naming: wanted)
        let functions = snapshot.functions.filter { wanted.isEmpty || wanted.contains($0.address) }
        let list = FunctionList(session: session, snapshot: snapshot, functions: functions)
        if options.json { return Output.standard(list.document.text) }
        guard groups || topology else {
            return Output.standard(list.text(style: Style(options.color), width: Output.width))
        }
        let holders = session.source.holders(of: functions)
        let trees = FunctionTrees(list, of: snapshot.functions, holders: holders)
        if dot { return Output.standard(groups ? trees.groupGraph : trees.topologyGraph) }
        let style = Style(options.color)
        Output.standard(
            groups ? trees.groups(style, Output.width) : trees.topology(style, Output.width))
    }
}
