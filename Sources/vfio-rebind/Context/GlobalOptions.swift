import ArgumentParser
import Passthrough

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Resolve every path below this directory; unless it is /, no program is started and no module loaded.",
            valueName: "dir"), completion: .directory)
    var root = "/"

    @Option(
        help: ArgumentHelp("Read policies from this file or directory instead; may be repeated.", valueName: "path"),
        completion: .file(extensions: ["toml"]))
    var policy: [String] = []

    @Flag(help: "Print one JSON document.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say less on standard error.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say more on standard error.")
    var verbose = false

    @Option(help: ArgumentHelp("When to use colour: auto, always or never.", valueName: "when"))
    var color: ColorChoice = .auto

    init() {}

    init(root: String, policy: [String] = [], json: Bool = false, quiet: Bool = false, verbose: Bool = false) {
        self.root = root
        self.policy = policy
        self.json = json
        self.quiet = quiet
        self.verbose = verbose
        color = .never
    }

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    }
}

extension Guard: ExpressibleByArgument {
    /// Guards that `--override` accepts; the others parse too, and get a message that they can never be overridden.
    package static var allValueStrings: [String] {
        allCases.filter { !$0.isUnconditional || $0 == .inUse }.map(\.rawValue)
    }
}

extension DriverName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Policy.MethodChoice: ExpressibleByArgument {}
