import ArgumentParser

/// The option of commands that answer on a snapshot as on the host.
struct SnapshotOption: ParsableArguments {
    @Option(help: ArgumentHelp("Answer for the host of this snapshot instead.", valueName: "file"))
    var snapshot: String?
}
