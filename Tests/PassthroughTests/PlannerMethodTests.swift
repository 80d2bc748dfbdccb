import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Planner: methods")
struct PlannerMethodTests {
    @Test("auto takes new_id for whole card types and driver_override for all else")
    func auto() {
        let function = PCIFunction(
            address: Host.address(1), id: Host.mellanox, subsystem: Host.intel, classCode: ClassCode(0x020000),
            driver: Host.mlx4, iommuGroup: 1, headerType: 0)
        let id = IDPattern(Host.mellanox)
        let whole = Policy(name: "p", match: Match(ids: [id, IDPattern(Host.intel)]))
        #expect(Host([function], [whole]).plan(1)?.method == .newID)
        #expect(Host([function], [whole]).plan(1)?.reason == "new_id: the policy matches by device ID alone")
        let narrow: [Match] = [
            Match(addresses: [.exact(Host.address(1))]), Match(ids: [id], addresses: [.exact(Host.address(1))]),
            Match(ids: [id], subsystems: [IDPattern(Host.intel)]), Match(ids: [id], drivers: [.named(Host.mlx4)]),
            Match(ids: [id], roles: [.any]), Match(ids: IDPattern("15b3:*").map { [$0] }),
            Match(ids: IDPattern("15b3:*").map { [$0, id] }), Match(classes: ClassPrefix("02").map { [$0] }),
        ]
        for match in narrow {
            let plan = Host([function], [Policy(name: "p", match: match)]).plan(1)
            #expect(plan?.method == .driverOverride)
            #expect(plan?.reason == "driver_override: the policy does not match by device ID alone")
        }
        let excepted = Policy(
            name: "p", match: Match(ids: [id]), except: Match(addresses: [.exact(Host.address(2))]))
        #expect(Host([function], [excepted]).plan(1)?.method == .driverOverride)
    }

    @Test("a forced method is the policy's word")
    func forced() {
        let override = Host([Host.card(1)], [Host.policy(ids: [Host.mellanox], method: .driverOverride)])
        #expect(override.plan(1)?.reason == "driver_override: the policy asks for driver_override")
        let newID = Host([Host.card(1)], [Host.policy(ids: [Host.mellanox], at: [Host.address(1)], method: .newID)])
        #expect(newID.plan(1)?.method == .newID && newID.plan(1)?.reason == "new_id: the policy asks for it")
    }

    /// What keeps a card of the same type where it is.
    enum Bystander: String, CaseIterable, Sendable { case ignored, refused, held, otherPolicy, otherPolicyAlready }

    private func host(_ bystander: Bystander, _ method: Policy.MethodChoice) -> Host {
        let policy = Host.policy("types", ids: [Host.mellanox], method: method)
        let other = [Host.address(2)]
        var host = Host([Host.card(1), Host.card(2)], [policy])
        switch bystander {
        case .ignored: host.policies.insert(Host.policy("not", at: other, action: .ignore), at: 0)
        case .refused:
            host.snapshot.uses = [Host.address(2): [.network: UseFinding(.busy, [.recorded("default route")])]]
        case .held: host.snapshot.holds = [Host.address(2)]
        case .otherPolicy: host.policies.insert(Host.policy("other", at: other), at: 0)
        case .otherPolicyAlready:
            host = Host([Host.card(1), Host.card(2, driver: "pci-stub")], [policy])
            host.policies.insert(Host.policy("other", at: other, driver: .pciStub), at: 0)
        }
        return host
    }

    @Test("a bystander turns auto to driver_override", arguments: Bystander.allCases)
    func flipped(_ bystander: Bystander) {
        let host = host(bystander, .auto)
        #expect(host.plan(1)?.decision == .rebind)
        #expect(host.plan(1)?.method == .driverOverride)
        #expect(host.plan(1)?.reason.contains("0000:01:02.0") == true)
        #expect(host.plan.registrations.isEmpty)
        #expect(!host.steps.contains { $0.hasPrefix("register_id") })
    }

    @Test("a bystander refuses a forced new_id", arguments: Bystander.allCases)
    func refused(_ bystander: Bystander) {
        let host = host(bystander, .newID)
        #expect(host.plan(1)?.refusals == [.siblings])
        #expect(host.plan(1)?.reason.contains("0000:01:02.0") == true)
        #expect(host.plan.registrations.isEmpty && !host.steps.contains { $0.hasPrefix("register_id") })
    }

    @Test(
        "while a function is stuck no id is registered: its lock would be waited for",
        arguments: [Policy.MethodChoice.auto, .newID])
    func stuck(_ method: Policy.MethodChoice) {
        let absent = Host.policy("absent", ids: [PCIID(vendor: 0x15b3, device: 0x1004)])
        var host = Host(
            [Host.card(1), Host.card(2, id: Host.intel, driver: "e1000e"), Host.card(3, id: Host.intel, driver: nil)],
            [
                Host.policy("roce", ids: [Host.mellanox]), Host.policy("nics", ids: [Host.intel], method: method),
                absent,
            ])
        #expect(host.plan(2)?.method == .newID)
        host.snapshot.stuck = [Host.address(1): "unbind is blocked in the kernel"]
        host.snapshot.registeredIDs = [.vfioPCI: [Host.mellanox]]
        #expect(host.plan(1)?.decision == .stuck && host.plan(1)?.reason == "unbind is blocked in the kernel")
        #expect(host.plan(1)?.steps.isEmpty == true)
        #expect(host.plan(2)?.method == .driverOverride && host.plan(3)?.method == .driverOverride)
        #expect(
            host.plan(2)?.reason
                == "driver_override: 0000:01:01.0 is stuck, and new_id would wait for it; 8086:10d3 is registered once nothing is stuck"
        )
        #expect(!host.steps.contains { $0.hasPrefix("register_id") })
        #expect(host.plan.registrations.isEmpty)
        #expect(host.plan.postponed.map(\.id) == [Host.intel, PCIID(vendor: 0x15b3, device: 0x1004)])
        #expect(
            host.plan.predicted == [Host.address(2): .vfioPCI, Host.address(3): .vfioPCI])
        host.snapshot.stuck = [:]
        #expect(host.plan.postponed.isEmpty && host.plan(2)?.method == .newID)
        #expect(host.plan.registrationsAlone.map(\.id) == [PCIID(vendor: 0x15b3, device: 0x1004)])
    }

    @Test("siblings is refused whatever the settings")
    func firm() {
        var host = host(.ignored, .newID)
        host.request.overrides = Set(Guard.allCases)
        host.policies[1].guards = [.siblings: .off]
        #expect(host.plan(1)?.refusals == [.siblings])
    }

    @Test("a function of the same driver by hand, and a member of the same policy, are no bystanders")
    func noBystanders() {
        var host = Host([Host.card(1), Host.card(2, driver: "vfio-pci")], [Host.policy(ids: [Host.mellanox])])
        #expect(host.plan(1)?.method == .newID)
        host.snapshot.records = Host.record(2, policy: nil)
        #expect(host.plan(1)?.method == .newID)
    }

    @Test("siblings that no policy names are named in warnings")
    func warnings() {
        let policy = Host.policy(ids: [Host.mellanox], at: [Host.address(1)], method: .newID)
        let host = Host([Host.card(1), Host.card(2), Host.card(3, driver: nil)], [policy])
        #expect(
            host.plan(1)?.warnings == [
                "0000:01:02.0 (mlx4_core) has the same device ID: vfio-pci binds it once it has no driver",
                "new_id also binds 0000:01:03.0: same device ID, currently without a driver",
            ])
        #expect(host.plan.predicted == [Host.address(1): .vfioPCI, Host.address(3): .vfioPCI])
    }

    @Test("types are registered without a card, once, and not where that is done")
    func registrations() {
        var host = Host([], [Host.policy("a", ids: [Host.mellanox, Host.intel]), Host.policy("b", ids: [Host.intel])])
        #expect(host.plan.registrations.map(\.id) == [Host.mellanox, Host.intel])
        #expect(host.plan.registrations.allSatisfy { !$0.isPresent && $0.policy == "a" })
        #expect(host.plan.hasChanges)
        host.snapshot.registeredIDs = [.vfioPCI: [Host.mellanox]]
        #expect(host.plan.registrations.map(\.id) == [Host.intel])
        host.snapshot.registeredIDs = [Host.mlx4: [Host.intel], .vfioPCI: [Host.mellanox]]
        #expect(host.plan.registrations.map(\.id) == [Host.intel], "another driver's")
        let none = [
            Host.policy("c", ids: [Host.intel], method: .driverOverride), Host.policy("d", at: [Host.address(1)]),
            Host.policy("e", ids: [Host.intel], action: .ignore),
        ]
        #expect(Host([], none).plan.registrations.isEmpty)
    }

    @Test("an id is registered by one step a plan, that of the first function that needs it")
    func oneStep() {
        var host = Host([Host.card(1), Host.card(2), Host.card(3)], [Host.policy(ids: [Host.mellanox])])
        #expect(host.steps.count { $0.hasPrefix("register_id") } == 1)
        #expect(host.plan(1)?.steps.first?.operation == .registerID)
        #expect(host.plan.registrations.map(\.isPresent) == [true])
        host.snapshot.registeredIDs = [.vfioPCI: [Host.mellanox]]
        #expect(!host.steps.contains { $0.hasPrefix("register_id") })
        #expect(host.plan(1)?.method == .newID)
    }

    @Test("steps are written for the scope, whatever else was named")
    func scope() {
        var host = Host([Host.card(1), Host.card(2)], [Host.policy(at: [Host.address(1), Host.address(2)])])
        host.snapshot.drivers = [.vfioPCI: .loadable]
        host.snapshot.holds = [Host.address(2)]
        host.request.addresses = [Host.address(1), Host.address(2)]
        #expect(host.plan(2)?.steps.map(\.operation) == [.setOverride, .unbind, .bind])
        host.request.scope = [Host.address(2)]
        #expect(host.plan(1) == nil)
        #expect(host.plan(2)?.decision == .rebind, "it is named all the same")
        #expect(host.plan(2)?.steps.map(\.operation) == [.loadModule, .setOverride, .unbind, .bind])
    }

    @Test("a module is loaded once")
    func loadable() {
        var host = Host(
            [Host.card(1), Host.card(2, id: Host.intel, driver: nil)], [Host.policy(ids: [Host.mellanox, Host.intel])])
        host.snapshot.drivers = [.vfioPCI: .loadable]
        #expect(
            host.steps == [
                "load_module vfio_pci", "register_id 15b3 1003", "unbind 0000:01:01.0", "bind 0000:01:01.0",
                "register_id 8086 10d3", "bind 0000:01:02.0",
            ])
        #expect(host.plan.predicted == [Host.address(1): .vfioPCI, Host.address(2): .vfioPCI])
    }

    @Test(
        "another tool's override is replaced, or cleared for new_id",
        arguments: [(nil, nil), ("pci-stub", "pci-stub"), ("vfio-pci", "vfio-pci")] as [(String?, String?)])
    func stale(_ override: String?, _ expected: String?) {
        let functions = [Host.card(1, override: override)]
        let one = Host(functions, [Host.policy(at: [Host.address(1)])]).steps
        let types = Host(functions, [Host.policy(ids: [Host.mellanox])]).steps
        #expect(one.contains("set_override vfio-pci") == (override != "vfio-pci"))
        #expect(types.contains("clear_override ") == (expected == "pci-stub"))
        for host in [
            Host(functions, [Host.policy(at: [Host.address(1)])]), Host(functions, [Host.policy(ids: [Host.mellanox])]),
        ] {
            #expect(host.plan.predicted == [Host.address(1): .vfioPCI])
        }
    }
}
