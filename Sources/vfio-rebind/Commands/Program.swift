import ArgumentParser

/// The program with its commands.
struct Program: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vfio-rebind",
        abstract: "Binds PCI functions to vfio-pci by policy, and releases them.",
        discussion: """
            Policies are read from /etc/vfio-rebind/policy.d, /run/vfio-rebind/policy.d and /usr/lib/vfio-rebind/policy.d.
            `plan` shows what `apply` would do and changes nothing.
            """,
        version: "vfio-rebind \(Version.number)",
        subcommands: [
            ListCommand.self, PlanCommand.self, ExplainCommand.self, CheckCommand.self, TestCommand.self,
            SnapshotCommand.self, ExportCommand.self, ApplyCommand.self, BindCommand.self, ReleaseCommand.self,
            ForgetCommand.self, HandleCommand.self, MonitorCommand.self, StatusCommand.self,
            FinishCommand.self, OverviewCommand.self,
        ])
}
