import ArgumentParser
import Glibc

/// Where the program begins.
@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let words = Array(CommandLine.arguments.dropFirst())
        // udev runs `handle` for every PCI event of the machine: it is recognised before the argument parser starts.
        guard case .unknown(let hasIndex) = QuickLook.look(words) else { return }
        let arguments = CommandWords.commandFirst(words)
        if arguments.first == "handle", var call = HandleCall(arguments.dropFirst()) {
            call.hasIndex = hasIndex
            exit(call.run().rawValue)
        }
        if let script = Program.bashScript(words) { return Output.standard(script) }
        do {
            let known = Program.configuration.subcommands.compactMap { $0.configuration.commandName }
            if let problem = CommandWords.unknownCommand(arguments, known: known) {
                throw Failure(
                    status: .usage, message: problem, details: ["See 'vfio-rebind --help' for more information."])
            }
            var command = try Program.parseAsRoot(arguments)
            try command.run()
        } catch let failure as Failure {
            failure.end(asJSON: arguments.contains("--json"))
        } catch {
            unknownOption(arguments, error)?.end(asJSON: arguments.contains("--json"))
            leave(with: error, asJSON: arguments.contains("--json"))
        }
    }

    /// A misspelled option, where that is what made the parser give up.
    private static func unknownOption(_ arguments: [String], _ error: any Error) -> Failure? {
        guard Program.exitCode(for: error).rawValue == ExitStatus.usage.rawValue, let name = arguments.first,
            let command = Program.configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            let problem = CommandWords.unknownOption(arguments, help: Program.helpMessage(for: command))
        else { return nil }
        return Failure(
            status: .usage, message: problem,
            details: ["See 'vfio-rebind \(name) --help' for more information."])
    }

    /// Ends as the argument parser wants: help and version on standard output, usage errors with status 64.
    private static func leave(with error: any Error, asJSON: Bool) -> Never {
        let code = Program.exitCode(for: error).rawValue
        if asJSON, code == ExitStatus.usage.rawValue {
            Output.standard(JSONDocument.error(.usage, Program.message(for: error), []).text)
        }
        Program.exit(withError: error)
    }
}
