import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Planner: IOMMU groups")
struct PlannerGroupTests {
    /// Every kind of mate of the function 0000:01:01.0, which a policy names.
    enum Mate: String, CaseIterable, Sendable {
        case free, vfio, stub, host, port, emptyBridge, heldBridge, ignored, ignoredFree, held, heldFree, refused
        case refusedFree, rebound, toHost, fromVFIO
    }

    private func host(_ mate: Mate, _ rule: Policy.GroupRule) -> Host {
        let own = Host.policy("own", at: [Host.address(1)], group: rule)
        var functions = [Host.card(1, group: 1)]
        func add(_ driver: String?, classCode: UInt32 = 0x040300, header: UInt8 = 0) {
            functions.append(
                Host.card(2, id: Host.sound, driver: driver, group: 1, classCode: classCode, header: header))
        }
        var policies = [own]
        let other = [Host.address(2)]
        switch mate {
        case .free: add(nil)
        case .vfio: add("vfio-pci")
        case .stub: add("pci-stub")
        case .host: add("snd_hda_intel")
        case .port: add("pcieport", classCode: 0x060400, header: 1)
        case .emptyBridge: add(nil, classCode: 0x060400, header: 0x81)
        case .heldBridge: add("lpc_ich", classCode: 0x060100)
        case .ignored: add("snd_hda_intel")
        case .ignoredFree: add(nil)
        case .held: add("snd_hda_intel")
        case .heldFree: add(nil)
        case .refused: add("snd_hda_intel")
        case .refusedFree: add(nil)
        case .rebound: add("snd_hda_intel")
        case .toHost: add("snd_hda_intel")
        case .fromVFIO: add("vfio-pci")
        }
        switch mate {
        case .ignored, .ignoredFree: policies.append(Host.policy("mate", at: other, action: .ignore))
        case .refused, .refusedFree, .rebound: policies.append(Host.policy("mate", at: other))
        case .toHost, .fromVFIO: policies.append(Host.policy("mate", at: other, driver: Host.e1000e))
        default: break
        }
        var host = Host(functions, policies)
        if [.held, .heldFree].contains(mate) { host.snapshot.holds = Set(other) }
        if [.refused, .refusedFree].contains(mate) {
            host.snapshot.uses = [Host.address(2): [.storage: UseFinding(.busy, [.recorded("sda is mounted on /")])]]
        }
        return host
    }

    @Test(
        "require: every other endpoint is free, in vfio's hands or rebound by the same plan", arguments: Mate.allCases)
    func require(_ mate: Mate) {
        let isObstacle: Set<Mate> = [.host, .heldBridge, .ignored, .held, .refused, .toHost, .fromVFIO]
        let plan = host(mate, .require).plan(1)
        #expect(plan?.decision == (isObstacle.contains(mate) ? .refused : .rebind), "\(plan?.reason ?? "")")
        #expect(plan?.refusals == (isObstacle.contains(mate) ? [.group] : []))
        if isObstacle.contains(mate) {
            #expect(
                plan?.guards.first { $0.name == .group }?.texts.first?.contains("in IOMMU group 1, 0000:01:02.0")
                    == true)
        }
    }

    @Test("whole: every other endpoint is rebound too, all or none", arguments: Mate.allCases)
    func whole(_ mate: Mate) {
        let host = host(mate, .whole)
        let isObstacle: Set<Mate> = [
            .heldBridge, .ignored, .ignoredFree, .held, .heldFree, .refused, .refusedFree, .toHost, .fromVFIO,
        ]
        #expect(host.plan(1)?.decision == (isObstacle.contains(mate) ? .refused : .rebind))
        let taken: Set<Mate> = [.free, .host]
        if taken.contains(mate) {
            #expect(host.plan(2)?.decision == .rebind && host.plan(2)?.policy == "own")
            #expect(host.plan(2)?.method == .driverOverride)
            #expect(host.plan.predicted == [Host.address(1): .vfioPCI, Host.address(2): .vfioPCI])
        }
        if mate == .vfio { #expect(host.plan(2)?.decision == .already && host.plan(2)?.policy == "own") }
        if [.port, .emptyBridge].contains(mate) { #expect(host.plan(2)?.decision == .unmatched) }
    }

    @Test("ignore: the group is said, and passed over", arguments: Mate.allCases)
    func ignore(_ mate: Mate) {
        let plan = host(mate, .ignore).plan(1)
        #expect(plan?.decision == .rebind && plan?.isGroupBound == false)
    }

    @Test("a driver of the host asks nothing of the group")
    func hostDriver() {
        var host = host(.host, .require)
        host.policies[0].driver = Host.e1000e
        #expect(host.plan(1)?.decision == .rebind)
        #expect(host.plan(1)?.guards.contains { [.group, .iommu].contains($0.name) } == false)
    }

    @Test("a refusal spreads through the group")
    func spreading() {
        let functions = (1...4).map { Host.card($0, group: 1) }
        var host = Host(functions, [Host.policy(ids: [Host.mellanox])])
        #expect(host.decisions.allSatisfy { $0 == .rebind })
        host.snapshot.uses = [Host.address(3): [.network: UseFinding(.busy, [.recorded("default route")])]]
        #expect(host.decisions.allSatisfy { $0 == .refused })
        #expect(host.plan(1)?.guards.first { $0.name == .group }?.texts.count == 3)
        #expect(host.plan(3)?.reason == "network: default route")
        #expect(host.plan.predicted.isEmpty && host.plan.functions.contains { $0.decision == .refused })
    }

    @Test("a mate that is refused refuses the whole, and the others with it")
    func wholeRefused() {
        let functions = [
            Host.card(1, group: 1), Host.card(2, id: Host.sound, group: 1), Host.card(3, id: Host.intel, group: 1),
        ]
        var host = Host(functions, [Host.policy(at: [Host.address(1)], group: .whole)])
        #expect(host.decisions == [.rebind, .rebind, .rebind])
        host.snapshot.uses = [Host.address(3): [.storage: UseFinding(.busy, [.recorded("swap")])]]
        #expect(host.decisions == [.refused, .refused, .refused])
        #expect(host.plan(2)?.policy == "p")
        host.request.overrides = [.storage]
        #expect(host.decisions == [.rebind, .rebind, .rebind])
    }

    @Test("a mate is taken where the policy's own function is there already; naming a held one lifts its hold")
    func later() {
        let functions = [Host.card(1, driver: "vfio-pci", group: 1), Host.card(2, id: Host.sound, group: 1)]
        var host = Host(functions, [Host.policy(at: [Host.address(1)], group: .whole)])
        #expect(host.decisions == [.already, .rebind])
        host.snapshot.holds = [Host.address(2)]
        #expect(host.decisions == [.already, .unmatched])
        host.request = PlanRequest(addresses: [Host.address(2)])
        #expect(host.decisions == [.already, .rebind])
    }

    @Test("evidence has one order and an end")
    func evidence() throws {
        let functions = (1...12).map {
            Host.card($0, id: $0 == 1 ? Host.mellanox : Host.intel, driver: "e1000e", group: 1)
        }
        let host = Host(functions, [Host.policy(ids: [Host.mellanox])])
        let evidence = try #require(host.plan(1)?.guards.first { $0.name == .group }?.texts)
        #expect(evidence.count == 9 && evidence.last == "and 3 more")
        #expect(evidence.dropLast() == evidence.dropLast().sorted()[...])
    }
}
