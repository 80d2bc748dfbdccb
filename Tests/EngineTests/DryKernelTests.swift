import HostFiles
import Passthrough
import Testing

@testable import Engine
@testable import Host

@Suite("A dry run")
struct DryKernelTests {
    /// What a driver knows beside the IDs of this program is not to be read, so that scenario ends otherwise.
    @Test(
        "makes the steps that the run makes, ends as it does, and writes nothing",
        arguments: Scenario.allCases.filter { $0 != .knownID })
    func sameSteps(_ scenario: Scenario) throws {
        let host = try scenario.host()
        for function in host.snapshot().functions { try host.tree.root.makeFolder(SysfsPath.device(function.address)) }
        let root = host.tree.root.readOnly
        let kernel = root.kernel(showing: host.snapshot())
        let executor = Executor(
            kernel: kernel, state: StateFolder(root: root), registrar: Registrar(kernel: kernel, root: root),
            willBegin: { _, _ in }, stillStands: { _ in true })
        let before = host.instant()
        let work = GroupWork(host.plan().functions) { _ in false }
        let dry = work.transactions.flatMap(executor.rebind).sorted { $0.address < $1.address }
        let after = host.instant()
        #expect(after.simulator.isInSameState(as: before.simulator) && after.files == before.files)
        #expect(!host.tree.root.exists("/run"))
        let real = host.apply()
        #expect(dry.map(\.outcome) == real.map(\.outcome))
        #expect(dry.map { $0.steps.map(\.step) } == real.map { $0.steps.map(\.step) })
        #expect(dry.map { $0.steps.map(\.result) } == real.map { $0.steps.map(\.result) })
        #expect(dry.map(\.driver) == real.map(\.driver))
    }

    @Test("leaves every file below a read-only root as it is")
    func readOnly() throws {
        let tree = try TemporaryTree()
        try tree.file("/run/file", bytes: Array("old".utf8))
        let root = tree.root.readOnly
        try root.store("/run/file", Array("new".utf8))
        try root.replace("/run/file", Array("new".utf8))
        try root.setAccess("/run/file", owner: .max, group: .max, mode: 0o777)
        try root.remove("/run/file")
        try root.removeTree("/run")
        try root.makeFolder("/run/directory")
        #expect(try tree.root.read("/run/file", limit: 10) == Array("old".utf8))
        #expect(try tree.root.names(in: "/run") == ["file"])
        #expect(try tree.root.status("/run/file").mode & 0o777 != 0o777)
    }

    @Test("waits for no lock and takes none")
    func locks() throws {
        let tree = try TemporaryTree()
        let held = try LockSet(["function-0000:01:00.0"], root: tree.root, patience: 0)
        let dry = try LockSet(["function-0000:01:00.0", "other"], root: tree.root.readOnly, patience: 0)
        #expect(try tree.root.names(in: StatePath.locks) == ["function-0000:01:00.0"])
        dry.unlock()
        held.unlock()
    }
}
