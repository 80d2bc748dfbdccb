import ArgumentParser
import Glibc
import HostFiles
import Passthrough
import SnapshotFiles
import SystemPackage

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Write all that planning reads from this host, as one JSON file.",
        usage: "vfio-rebind snapshot [<options>] [--output <file>]",
        discussion: "list, plan, explain, check and test take it with --snapshot, on any machine.")

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Write it to this file, whole or not at all.", valueName: "file"))
    var output: String?

    @Flag(help: "With network addresses, MACs and serial numbers too.")
    var full = false

    func run() throws {
        let root: Root
        do throws(Errno) {
            root = try Root(options.root)
        } catch {
            throw Failure(status: .usage, message: "--root \(options.root): \(error)")
        }
        var capture = try HostSource.capture(of: root)
        capture.names = HostDetails.names(of: capture.snapshot.functions, root)
        if !capture.snapshot.isComplete, !options.quiet {
            Output.error("without root some guards cannot look: the snapshot says that they are unknown")
        }
        let bytes = SnapshotText.bytes(full ? capture : capture.redacted)
        guard let output else { return Output.standard(bytes) }
        do throws(Errno) {
            try Root.host.replace(output, bytes, mode: 0o600)
        } catch {
            throw Failure(status: .failed, message: "writing \(output): \(error)")
        }
    }
}
