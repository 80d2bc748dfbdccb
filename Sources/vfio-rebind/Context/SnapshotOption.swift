import ArgumentParser

/// The option of commands that answer on a snapshot as on the host.
struct SnapshotOption: ParsableArguments {
    @Option(help: ArgumentHelp("Use this snapshot instead of the host.", valueName: "file"))
    var snapshot: String?
}
