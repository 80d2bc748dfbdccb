import ArgumentParser
import Glibc
import HostFiles
import Passthrough
import SnapshotFiles
import SystemPackage

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Write everything that planning reads from this host into one JSON file.",
        usage: "vfio-rebind snapshot [<options>] [--output <file>]",
        discussion: "list, plan, explain, check and test read it with --snapshot, on any machine.")

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Write it to this file, atomically.", valueName: "file"))
    var output: String?

    @Flag(help: "Include network addresses, MAC addresses and serial numbers.")
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
            Output.error("some guards need root: the snapshot records them as unknown")
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
