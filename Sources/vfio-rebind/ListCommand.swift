import ArgumentParser
import Engine
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

    @Argument(
        help: ArgumentHelp("Only these functions.", valueName: "address"), transform: AddressArgument.init)
    var addresses: [AddressArgument] = []

    func run() throws {
        let session = try Session(options, writes: false, snapshot: source.snapshot)
        let wanted = addresses.map(\.address)
        let snapshot = try session.functions(naming: wanted)
        let functions = snapshot.functions.filter { wanted.isEmpty || wanted.contains($0.address) }
        let list = FunctionList(session: session, snapshot: snapshot, functions: functions)
        if options.json { return Output.standard(list.document.text) }
        let style = Style(options.color)
        Output.standard(
            groups ? list.tree(style: style, width: Output.width) : list.text(style: style, width: Output.width))
    }
}
