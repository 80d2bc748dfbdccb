import HostFiles
import Passthrough
import SystemPackage
import Testing

@testable import Host

@Suite("State folder")
struct StateFolderTests {
    private let tree: TemporaryTree
    private var state: StateFolder { StateFolder(root: tree.root) }

    init() throws { tree = try TemporaryTree() }

    private let record = FunctionRecord(
        address: Scenario.address(1), instance: 7, id: Scenario.card, nativeDriver: nil, nativeOverride: nil,
        target: .vfioPCI, method: .newID, policy: "p", phase: .rebound)

    @Test("records and holds come back, and go")
    func roundTrip() throws {
        #expect(state.records().records.isEmpty && state.holds().isEmpty)
        try state.save(record)
        try state.hold(record.address, instance: 7)
        #expect(state.records().records == [record.address: record])
        #expect(state.holds() == [record.address: 7])
        try state.dropRecord(of: record.address)
        try state.dropRecord(of: record.address)
        try state.dropHold(of: record.address)
        #expect(state.records().records.isEmpty && state.holds().isEmpty)
    }

    @Test("a damaged record is named and passed over")
    func damaged() throws {
        try state.save(record)
        try tree.file("\(StatePath.journal)/0000:01:02.0", "vfio-rebind journal 9\nend\n")
        try tree.file("\(StatePath.journal)/notes", "x")
        try tree.folder("\(StatePath.journal)/0000:01:03.0")
        let found = state.records()
        #expect(found.records.count == 1)
        #expect(found.damaged.count == 3)
        #expect(found.damaged.contains { $0.contains("0000:01:02.0") })
    }

    @Test("ids count while their driver is the same")
    func ids() throws {
        try tree.folder(SysfsPath.driver(.vfioPCI))
        let inode = try tree.root.status(SysfsPath.driver(.vfioPCI)).inode
        try state.saveRegistration(of: Scenario.card, with: .vfioPCI, driverInstance: inode, isDone: false)
        #expect(state.registeredIDs().isEmpty && state.registrations().count == 1)
        try state.saveRegistration(of: Scenario.card, with: .vfioPCI, driverInstance: inode, isDone: true)
        #expect(state.registeredIDs() == [.vfioPCI: [Scenario.card]])
        try state.saveRegistration(of: Scenario.card, with: .vfioPCI, driverInstance: inode + 1, isDone: true)
        #expect(state.registeredIDs().isEmpty)
        try tree.file(StatePath.registeredID(Scenario.sound, .vfioPCI), "garbage")
        #expect(state.registration(of: Scenario.sound, with: .vfioPCI)?.isDone == false)
    }

    @Test("a state that cannot be written says which file", arguments: [StatePath.journal, StatePath.folder, "/run"])
    func unwritable(_ path: String) throws {
        try tree.file(path, "a file")
        let error = #expect(throws: StateError.self) { try state.save(record) }
        #expect(error?.description.contains(StatePath.record(record.address)) == true)
    }

    @Test("a worker that has ended makes nothing stuck")
    func stuck() throws {
        try state.markStuck(record.address, worker: 1, "waits\nfor ever")
        try state.markStuck(Scenario.address(2), worker: Int(Int32.max), "gone")
        #expect(state.stuck().keys.sorted() == [record.address])
        try state.clearStuck(record.address)
        #expect(state.stuck().isEmpty)
    }
}
