import Host
import HostFiles
import Passthrough

/// The files of the state folders, with `@` for the inode of the function or driver that they are about.
struct StateReader: FuzzReader {
    private let folder: FuzzFolder
    private let inode: [UInt8]
    private let function: PCIFunction

    private static let names =
        ["journal", "holds", "stuck", "rounds", "autoprobe"].map {
            "\(StatePath.folder)/\($0)/\(FuzzInput.address)"
        } + ["\(StatePath.registeredIDs)/vfio-pci@8086:10d3"]
        + ["uses", "identities"].map { "\(UseMemory.folder)/\($0)/\(FuzzInput.address)" }

    init() throws {
        folder = try FuzzFolder()
        let device = SysfsPath.device(FuzzInput.address)
        for name in StateReader.names { try folder.file(name, "") }
        for (name, text) in [("vendor", "0x8086"), ("device", "0x10d3"), ("class", "0x020000")] {
            try folder.file("\(device)/\(name)", "\(text)\n")
        }
        try folder.file("\(device)/driver_override", "vfio-pci\n")
        try folder.folder(SysfsPath.driver(.vfioPCI))
        try folder.link("\(device)/driver", to: "../../drivers/vfio-pci")
        inode = Array("\(try folder.root.status(device).inode)".utf8)
        guard let function = HostReader(root: folder.root).function(at: FuzzInput.address) else {
            preconditionFailure("the made-up function does not read")
        }
        self.function = function
    }

    func complaint(_ bytes: [UInt8]) -> String? {
        folder.fill(StateReader.names, from: bytes.flatMap { $0 == UInt8(ascii: "@") ? inode : [$0] })
        let root = folder.root
        let state = StateFolder(root: root)
        _ = (state.stuck(), state.contested(), state.registeredIDs(), state.records().damaged)
        let snapshot = SnapshotReader(root: root).forRelease(function, override: "vfio-pci")
        let plan = ReleasePlan.plan(for: function, in: snapshot, overrides: [], passesDrift: true)
        if let step = plan.steps.first(where: { FuzzInput.leadsOut($0.path) }) { return "\(step) leads out" }
        let policy = Policy(name: "all", match: Match(addresses: [.exact(FuzzInput.address)]))
        let planned = Planner(policies: PolicySet([policy])).plan(snapshot)
        return planned.functions.count == 1 ? nil : "the function is lost"
    }
}
