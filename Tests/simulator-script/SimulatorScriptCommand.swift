import Glibc
import SimulatorScripts

/// Prints random scripts and what the Simulator makes of them, for the lab to run on a real kernel and compare.
///
/// - `simulator-script --seed N --count M [--operations K]`: M scripts, of the seeds from N on, a line of JSON each.
/// - `simulator-script --replay`: what one given script leads to; it stands on standard input, after the host
///   and a line `script` where `--host` is given too.
/// - `simulator-script --standard-host`: the host that scripts run on unless `--host` says that standard input describes one.
@main
struct SimulatorScriptCommand {
    private var numbers: [String: UInt64] = ["--seed": 1, "--count": 1, "--operations": 20]
    private var flags: Set<String> = []

    static func main() {
        do {
            let command = try SimulatorScriptCommand(CommandLine.arguments.dropFirst())
            if command.flags.contains("--standard-host") {
                print(ScriptHost.standardDescription, terminator: "")
            } else {
                try command.run()
            }
        } catch {
            print("simulator-script: \(error)")
            exit(EX_USAGE)
        }
    }

    private init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let argument = rest.popFirst() {
            if numbers[argument] != nil {
                guard let value = rest.popFirst().flatMap({ UInt64($0) }) else { throw Usage(argument: argument) }
                numbers[argument] = value
            } else if ["--host", "--replay", "--standard-host"].contains(argument) {
                flags.insert(argument)
            } else {
                throw Usage(argument: argument)
            }
        }
    }

    private func run() throws {
        var lines: [String] = []
        if !flags.isDisjoint(with: ["--host", "--replay"]) {
            while let line = readLine() { lines.append(line) }
        }
        var description = ScriptHost.standardDescription
        if flags.contains("--host") {
            let end = lines.firstIndex(of: "script") ?? lines.endIndex
            description = lines[..<end].joined(separator: "\n")
            lines.removeSubrange(..<min(end + 1, lines.endIndex))
        }
        let host = try ScriptHost(description: description)
        guard !flags.contains("--replay") else {
            let script = try lines.map { line in
                guard let operation = ScriptOperation(line: line) else { throw Usage(argument: line) }
                return operation
            }
            return print(ScriptRun(host: host, script: script).json)
        }
        for index in 0..<(numbers["--count"] ?? 1) {
            let seed = (numbers["--seed"] ?? 1) &+ index
            let count = Int(clamping: numbers["--operations"] ?? 20)
            let script = ScriptGenerator.script(host: host, seed: seed, count: count)
            print(ScriptRun(host: host, script: script, seed: seed).json)
        }
    }

    private struct Usage: Error, CustomStringConvertible {
        let argument: String
        var description: String { "reading arguments and script: not understood: \(argument)" }
    }
}
