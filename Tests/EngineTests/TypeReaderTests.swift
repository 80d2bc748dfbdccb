import HostFiles
import Passthrough
import Processes
import Testing

@testable import Host

@Suite("Functions that share a device ID")
struct TypeReaderTests {
    private let host: MadeUpHost
    private let verdicts: TypeVerdicts
    private var policies: PolicySet

    init() throws {
        host = try MadeUpHost()
        verdicts = TypeVerdicts(root: host.root)
        let stay = Policy(
            name: "stay", match: Match(addresses: [.exact(Scenario.address(9))]), action: .ignore)
        let cards = Policy(name: "cards", match: Match(ids: [IDPattern(Scenario.card)]))
        policies = PolicySet([stay, cards], fingerprint: 7)
        for device: UInt8 in 1...3 { try host.add(Scenario.address(device), group: Int(device)) }
    }

    private func plan(_ device: UInt8 = 1, byHand: Policy? = nil) throws -> HostPlan {
        let request = PlanRequest(addresses: [Scenario.address(device)], isByUser: byHand != nil, byHand: byHand)
        let planner = Planner(policies: policies, request: request)
        let reader = SnapshotReader(root: host.root)
        let near = try reader.neighbourhood(of: [Scenario.address(device)], for: planner)
        let complete = reader.complete(near, for: planner, overrides: .direct(host.root))
        return TypeReader(root: host.root, planner: planner).plan(complete).plan
    }

    private var finding: TypeVerdict.Finding? { verdicts.verdict(of: "cards", under: 7)?.finding }

    private func remove(_ device: UInt8) throws {
        try host.root.remove("\(SysfsPath.devices)/\(Scenario.address(device))")
    }

    /// A registration and a verdict of long ago.
    private func registerLongAgo() throws {
        let instance = try host.root.status(SysfsPath.driver(.vfioPCI)).inode
        try StateFolder(root: host.root).saveRegistration(
            of: Scenario.card, with: .vfioPCI, driverInstance: instance, isDone: true)
        try makeOld()
    }

    private func makeOld() throws {
        let finding = try #require(finding)
        let path = "/run/vfio-rebind/types/of-cards"
        try host.tree.file(path, bytes: TypeVerdict(finding, time: Clock.seconds - 3600).bytes(policies: 7))
    }

    /// The default route goes over a card.
    private func use(_ device: UInt8) throws {
        try host.addInterface("eth0", below: MadeUpHost.folder(Scenario.address(device)))
        try host.tree.file(
            "/proc/net/route", "Iface\tDestination\neth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")
    }

    @Test("what was found is written down, and newcomers are added to it")
    func free() throws {
        #expect(try plan().functions.first?.method == .newID)
        #expect(finding == .free(FunctionKeys(root: host.root).keys))
        try host.add(Scenario.address(4), group: 4)
        #expect(try plan(4).functions.first?.method == .newID)
        guard case .free(let keys) = finding else { return #expect(Bool(false), "\(String(describing: finding))") }
        #expect(keys.sorted() == FunctionKeys(root: host.root).keys.sorted())
    }

    @Test("a newcomer that has to stay is found by the next, and looked at until it has gone")
    func bystander() throws {
        #expect(try plan().functions.first?.method == .newID)
        try host.add(Scenario.address(9), group: 9)
        for _ in 1...2 {
            let plan = try plan()
            #expect(plan.functions.first?.method == .driverOverride && plan.registrations.isEmpty)
            #expect(plan.bystanders == ["cards": Scenario.address(9)])
            #expect(finding == .bystander(Scenario.address(9)))
            #expect(verdicts.hasBystander("cards", in: policies))
        }
        try remove(9)
        #expect(try plan().functions.first?.method == .newID)
        #expect(finding == .free(FunctionKeys(root: host.root).keys))
    }

    @Test("a function that is refused is itself what has to stay, whatever the others are")
    func refused() throws {
        try use(2)
        #expect(try plan(2).functions.first?.decision == .refused)
        #expect(finding == .bystander(Scenario.address(2)))
        #expect(try plan(1).functions.first?.method == .driverOverride)
    }

    @Test("what changes without an event counts where an ID is about to be registered, and not after")
    func silentChanges() throws {
        #expect(try plan().functions.first?.method == .newID)
        try use(2)
        try registerLongAgo()
        #expect(try plan().functions.first?.method == .newID)
        try StateFolder(root: host.root).dropRegistration(of: Scenario.card, with: .vfioPCI)
        #expect(try plan().functions.first?.method == .driverOverride)
        #expect(finding == .bystander(Scenario.address(2)))
    }

    @Test("what was found a moment ago holds for a registration too")
    func moments() throws {
        _ = try plan()
        try use(2)
        #expect(try plan().functions.first?.method == .newID)
        try makeOld()
        #expect(try plan().functions.first?.method == .driverOverride)
    }

    @Test("other policies and a hold make everything be looked at again")
    mutating func forgotten() throws {
        _ = try plan()
        try registerLongAgo()
        try use(2)
        #expect(try plan().functions.first?.method == .newID)
        policies = PolicySet(policies.policies, fingerprint: 8)
        #expect(try plan().functions.first?.method == .driverOverride)
        policies = PolicySet(policies.policies, fingerprint: 7)
        #expect(finding == nil)
        try StateFolder(root: host.root).hold(Scenario.address(3), instance: 1)
        #expect(verdicts.verdict(of: "cards", under: 8) == nil)
    }

    @Test("nothing is remembered without a fingerprint, nor of what the command line asks for")
    mutating func unremembered() throws {
        policies = PolicySet(policies.policies)
        #expect(try plan().functions.first?.method == .newID)
        let byHand = Policy(name: Policy.byHand, match: Match(ids: [IDPattern(Scenario.card)]), method: .newID)
        policies = PolicySet([policies.policies[0]], fingerprint: 7)
        #expect(try plan(byHand: byHand).functions.first?.method == .newID)
        #expect(finding == nil && !host.root.exists("/run/vfio-rebind/types"))
    }

    @Test("a plan for the whole host writes down what it found")
    func whole() throws {
        let planner = Planner(policies: policies)
        let reader = SnapshotReader(root: host.root)
        func note() throws {
            let keys = FunctionKeys(root: host.root)
            let snapshot = reader.complete(try reader.functions(), for: planner, overrides: .direct(host.root))
            verdicts.note(planner.plan(snapshot), keys, under: policies)
        }
        try note()
        #expect(finding == .free(FunctionKeys(root: host.root).keys))
        try host.add(Scenario.address(9), group: 9)
        try note()
        #expect(finding == .bystander(Scenario.address(9)))
    }

    @Test("verdicts come back as they were, and damaged ones are none", arguments: [[], [1, .max], [5]])
    func text(_ keys: [UInt64]) throws {
        for verdict in [
            TypeVerdict(.free(keys), time: 3), TypeVerdict(.bystander(Scenario.address(1)), time: 4),
        ] {
            let bytes = verdict.bytes(policies: 9)
            #expect(TypeVerdict(bytes, policies: 9) == verdict)
            #expect(TypeVerdict(bytes, policies: 8) == nil)
            #expect(TypeVerdict(bytes.dropFirst().map { $0 }, policies: 9) == nil)
            let head = bytes.prefix { $0 != UInt8(ascii: "\n") }
            for count in 0...head.count { #expect(TypeVerdict(Array(bytes.prefix(count)), policies: 9) == nil) }
        }
        // A write that was cut short.
        let whole = TypeVerdict(.free(keys + [6]), time: 3).bytes(policies: 9)
        #expect(TypeVerdict(Array(whole.dropLast()), policies: 9) == nil)
    }
}
