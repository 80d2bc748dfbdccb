import ArgumentParser

struct HandleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "handle", abstract: "Handle one uevent, as the udev rule calls it.",
        usage: "vfio-rebind handle [<options>] [--action <action> --devpath <path>]",
        discussion: "Without options the event is read from ACTION, DEVPATH and SUBSYSTEM of the environment.")

    @OptionGroup var options: GlobalOptions

    @Option(help: "add, bind, change, unbind or remove.")
    var action: String?

    @Option(help: ArgumentHelp("The function's path below /sys.", valueName: "path"))
    var devpath: String?

    @Flag(help: "Only show the plan.")
    var dryRun = false

    func validate() throws {
        if (action == nil) != (devpath == nil) { throw ValidationError("--action and --devpath require each other") }
    }

    func run() throws {
        let status = HandleCall(options: options, action: action, path: devpath, dryRun: dryRun).run()
        if status != .success { throw ExitCode(status.rawValue) }
    }
}
