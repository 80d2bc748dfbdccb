import ArgumentParser
import Engine
import Passthrough
import Udev

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show PCI functions: driver, IOMMU group, policy and state.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Only these functions.")
    var addresses: [AddressArgument] = []

    func run() throws {
        let session = try Session(options, writes: false)
        let wanted = addresses.map(\.address)
        let snapshot = try session.functions(naming: wanted)
        let functions = snapshot.functions.filter { wanted.isEmpty || wanted.contains($0.address) }
        let list = FunctionList(session: session, snapshot: snapshot, functions: functions)
        Output.standard(options.json ? list.document.text : list.text(style: Style(options.color), width: Output.width))
    }
}
