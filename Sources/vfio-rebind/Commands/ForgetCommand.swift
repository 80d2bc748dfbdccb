import ArgumentParser
import Host
import JSON
import Passthrough

struct ForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Delete what is kept across reboots: refusals, and the device last seen.",
        usage: "vfio-rebind forget [<options>] <address> ...",
        discussion:
            "A function that was refused for its disk or its network stays refused until it has been seen free on a host that has finished booting. This command ends that at once."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp("The functions; they need not be present.", valueName: "address"),
        transform: AddressArgument.init)
    var addresses: [AddressArgument]

    func run() throws {
        let memory = UseMemory(root: try Session(options, writes: true).root)
        var rows: [JSONValue] = []
        var hasChanged = false
        for address in addresses.map(\.address) {
            let known: (uses: [Guard: [String]], identity: PCIID?)
            do throws(StateError) {
                known = try memory.forget(address)
            } catch {
                throw Failure(status: .failed, message: "\(error)")
            }
            let isKnown = !known.uses.isEmpty || known.identity != nil
            hasChanged = hasChanged || isKnown
            let uses = known.uses.sorted { $0.key < $1.key }.map {
                JSONValue.object(["guard": .text($0.key.rawValue), "evidence": .texts($0.value)])
            }
            rows.append(
                .object([
                    "address": .text(address), "identity": .text(known.identity),
                    "evidence": .list(uses),
                ]))
            if !options.json { Output.standard(ForgetCommand.text(address, known.uses, known.identity)) }
        }
        guard options.json else { return }
        Output.standard(JSONDocument("forget", ["changed": .bool(hasChanged), "functions": .list(rows)]).text)
    }

    private static func text(_ address: PCIAddress, _ uses: [Guard: [String]], _ identity: PCIID?) -> String {
        guard !uses.isEmpty || identity != nil else { return "\(address)  nothing was remembered" }
        var lines = ["\(address)  forgotten"]
        for (name, evidence) in uses.sorted(by: { $0.key < $1.key }) {
            lines += evidence.map { "    \(name.rawValue): \($0)" }
        }
        if let identity { lines.append("    the device last seen there: \(identity)") }
        return lines.joined(separator: "\n")
    }
}
