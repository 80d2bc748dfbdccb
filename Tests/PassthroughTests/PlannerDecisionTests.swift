import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Planner: decisions")
struct PlannerDecisionTests {
    @Test("the first policy whose every key matches decides")
    func first() {
        let one = Host.policy("one", at: [Host.address(1)])
        let all = Host.policy("all", ids: [Host.mellanox], driver: Host.driver("pci-stub"), method: .driverOverride)
        let host = Host([Host.card(1), Host.card(2)], [one, all])
        #expect(host.plan.functions.map(\.policy) == ["one", "all"])
        #expect(host.plan.functions.map(\.target) == [.vfioPCI, .pciStub])
        #expect(Host([Host.card(1)], [all, one]).plan(1)?.policy == "all")
    }

    @Test("except passes over to the next policy")
    func except() {
        let narrow = Host.policy("narrow", ids: [Host.mellanox], except: Match(addresses: [.exact(Host.address(1))]))
        let host = Host([Host.card(1), Host.card(2)], [narrow])
        #expect(host.decisions == [.unmatched, .rebind])
    }

    @Test("an ignored function is left alone, whatever comes behind")
    func ignored() {
        let host = Host(
            [Host.card(1), Host.card(2)],
            [Host.policy("mine", at: [Host.address(1)], action: .ignore), Host.policy("all", ids: [Host.mellanox])])
        #expect(host.decisions == [.ignored, .rebind])
        #expect(host.plan(1)?.steps.isEmpty == true && host.plan(1)?.target == nil)
    }

    @Test("a held function is passed over until it is named")
    func held() {
        var host = Host([Host.card(1), Host.card(2)], [Host.policy(at: [Host.address(1), Host.address(2)])])
        host.snapshot.holds = [Host.address(1)]
        #expect(host.decisions == [.held, .rebind])
        #expect(host.plan(1)?.reason.contains("apply 0000:01:01.0") == true)
        host.request = PlanRequest(addresses: [Host.address(1)])
        #expect(host.decisions == [.rebind])
        host.request = PlanRequest(addresses: [Host.address(1)], isByUser: false)
        #expect(host.decisions == [.held], "an event lifts nothing")
    }

    @Test("a function on the wanted driver is already there, by the method that holds it")
    func already() {
        let types = Host.policy(ids: [Host.mellanox])
        let one = Host.policy(at: [Host.address(1)])
        #expect(Host([Host.card(1, driver: "vfio-pci")], [types]).plan(1)?.method == .newID)
        #expect(Host([Host.card(1, driver: "vfio-pci")], [one]).plan(1)?.method == .driverOverride)
        let overridden = Host([Host.card(1, driver: "vfio-pci", override: "vfio-pci")], [types])
        #expect(overridden.plan(1)?.method == .driverOverride)
        #expect(overridden.decisions == [.already] && overridden.plan(1)?.target == .vfioPCI)
        var recorded = overridden
        recorded.snapshot.records = Host.record(1, method: .newID)
        #expect(recorded.plan(1)?.method == .newID)
    }

    @Test("what was bound by hand is let be, while it is there")
    func byHand() {
        var host = Host([Host.card(1, driver: "vfio-pci")], [Host.policy(ids: [Host.mellanox], driver: .pciStub)])
        host.snapshot.records = Host.record(1, policy: nil)
        #expect(host.decisions == [.already])
        #expect(host.plan(1)?.policy == nil)
        host.snapshot.records = Host.record(1, policy: "p")
        #expect(host.decisions == [.rebind])
        host.snapshot.records = Host.record(1, target: .pciStub, policy: nil)
        #expect(host.decisions == [.rebind], "another driver has it by now")
    }

    @Test("bind takes the place of the policies for the named functions")
    func bind() {
        var host = Host(
            [Host.card(1), Host.card(2)], [Host.policy(ids: [Host.mellanox], action: .ignore)])
        host.request = PlanRequest(
            addresses: [Host.address(1)], byHand: Host.policy("(bind)", ids: [Host.mellanox], at: [Host.address(1)]))
        #expect(host.decisions == [.rebind])
        #expect(host.plan(1)?.method == .driverOverride && host.plan(1)?.policy == nil)
        host.request.byHand?.method = .newID
        #expect(host.plan(1)?.refusals == [.siblings], "an ignored card of the type")
    }

    @Test("a function that no policy names is unmatched")
    func unmatched() {
        let host = Host([Host.card(1, id: Host.intel)], [Host.policy(ids: [Host.mellanox])])
        #expect(host.decisions == [.unmatched])
        #expect(host.plan.predicted.isEmpty && host.steps.isEmpty)
    }

    @Test("driver in match counts the recorded one where this program rebound the function")
    func recordedDriver() {
        let policy = Policy(name: "p", match: Match(drivers: [.named(Host.mlx4)]))
        var host = Host([Host.card(1, driver: "vfio-pci")], [policy])
        #expect(host.decisions == [.unmatched])
        host.snapshot.records = Host.record(1)
        #expect(host.decisions == [.already])
        let free = Host([Host.card(1, driver: nil)], [policy])
        #expect(free.decisions == [.unmatched])
    }

    @Test("named functions restrict the plan to them and their groups")
    func scope() {
        let functions = [Host.card(1, group: 1), Host.card(2, group: 1), Host.card(3)]
        var host = Host(functions, [Host.policy(ids: [Host.mellanox])])
        host.request = PlanRequest(addresses: [Host.address(1)])
        #expect(host.plan.functions.map(\.function.address) == [Host.address(1), Host.address(2)])
        #expect(host.plan.predicted.keys.sorted() == [Host.address(1), Host.address(2)])
    }

    @Test("candidates are what would be rebound if every guard were free")
    func candidates() {
        var host = Host(
            [Host.card(1), Host.card(2, driver: "vfio-pci"), Host.card(3, id: Host.intel)],
            [Host.policy(ids: [Host.mellanox])])
        host.snapshot.uses = [Host.address(1): [.storage: UseFinding(.busy, [.recorded("x")])]]
        #expect(Planner(policies: PolicySet(host.policies)).candidates(in: host.snapshot) == [Host.address(1)])
    }
}
