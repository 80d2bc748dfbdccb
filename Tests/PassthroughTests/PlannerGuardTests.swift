import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Planner: guards")
struct PlannerGuardTests {
    private func host(_ function: PCIFunction) -> Host { Host([function], [Host.policy(at: [Host.address(1)])]) }

    @Test(
        "bridge: by header type without its multi-function bit, and by class",
        arguments: [
            (0x020000, 0x00, false), (0x020000, 0x80, false), (0x020000, 0x01, true), (0x020000, 0x81, true),
            (0x020000, 0x02, true), (0x060000, 0x00, true), (0x060100, 0x80, true), (0x060200, 0, true),
            (0x060300, 0, true), (0x060401, 0, true), (0x060500, 0, false), (0x060700, 0, true), (0x060900, 0, true),
            (0x068000, 0, false), (0x088000, 0, false),
        ] as [(UInt32, UInt8, Bool)])
    func bridge(_ classCode: UInt32, _ header: UInt8, _ isBridge: Bool) {
        var host = host(Host.card(1, classCode: classCode, header: header))
        host.request.overrides = [.bridge]
        host.policies[0].guards = [.bridge: .off]
        #expect(host.plan(1)?.refusals == (isBridge ? [.bridge] : []))
        #expect(
            self.host(Host.card(1, classCode: classCode, header: nil)).plan(1)?.refusals.contains(.bridge)
                == (isBridge && classCode != 0x020000))
    }

    @Test("target: a driver that is neither there nor loadable refuses")
    func target() {
        for (presence, refusals) in [(.missing, [.target]), (.loadable, []), (.registered, [])]
            as [(DriverPresence, [Guard])]
        {
            var host = host(Host.card(1))
            host.snapshot.drivers = [.vfioPCI: presence]
            host.request.overrides = [.target]
            #expect(host.plan(1)?.refusals == refusals)
        }
    }

    @Test("iommu: no group and no-IOMMU groups; an override counts where that mode is on")
    func iommu() {
        let none = PCIFunction(
            address: Host.address(1), id: Host.mellanox, classCode: ClassCode(0x020000), driver: Host.mlx4,
            headerType: 0)
        var unsafe = Host.card(1)
        unsafe.isNoIOMMUGroup = true
        for function in [none, unsafe] {
            for isOn in [false, true] {
                for isOverridden in [false, true] {
                    var host = host(function)
                    host.snapshot.allowsNoIOMMU = isOn
                    if isOverridden { host.request.overrides = [.iommu] }
                    #expect(host.plan(1)?.refusals == (isOn && isOverridden ? [] : [.iommu]))
                }
            }
        }
        #expect(host(Host.card(1)).plan(1)?.guards.first { $0.name == .iommu }?.verdict == .free)
    }

    @Test("vfs: a PF with VFs enabled, never overridden")
    func vfs() {
        var function = Host.card(1)
        function.virtualFunctionCount = 2
        var host = host(function)
        host.request.overrides = [.vfs]
        #expect(host.plan(1)?.refusals == [.vfs])
        #expect(host.plan(1)?.reason == "vfs: 2 of its virtual functions are enabled")
    }

    @Test("in-use counts when a function leaves VFIO, and only then")
    func inUse() {
        for (driver, refusals) in [("vfio-pci", [.inUse]), ("mlx4_core", []), (nil, [])] as [(String?, [Guard])] {
            var host = host(Host.card(1, driver: driver))
            host.policies[0].driver = .pciStub
            host.snapshot.uses = [
                Host.address(1): [.inUse: UseFinding(.busy, [.recorded("qemu")], isOverridable: false)]
            ]
            host.request.overrides = [.inUse]
            #expect(host.plan(1)?.refusals == refusals)
            host.snapshot.uses = [Host.address(1): [.inUse: UseFinding(.unknown, [.recorded("enabled")])]]
            #expect(host.plan(1)?.refusals == [])
            host.request.overrides = []
            #expect(host.plan(1)?.refusals == refusals)
        }
    }

    /// What a guard found, what the policy says of it, and whether everything could be looked at.
    struct Answer: Sendable {
        let verdict: GuardVerdict
        let setting: GuardSetting
        var isOverridable = true
        var isComplete = true
        var isOverridden = false
        let refuses: Bool
        var isAnswered = true
        var warns = false
    }

    @Test(
        "enforce, warn and off, unknown, and what can never be overridden",
        arguments: [
            Answer(verdict: .free, setting: .enforce, refuses: false),
            Answer(verdict: .busy, setting: .enforce, refuses: true),
            Answer(verdict: .unknown, setting: .enforce, refuses: true),
            Answer(verdict: .unknown, setting: .enforce, isComplete: false, refuses: false, warns: true),
            Answer(verdict: .busy, setting: .enforce, isComplete: false, refuses: true),
            Answer(verdict: .busy, setting: .warn, refuses: false, warns: true),
            Answer(verdict: .unknown, setting: .warn, refuses: false, warns: true),
            Answer(verdict: .busy, setting: .off, refuses: false, isAnswered: false),
            Answer(verdict: .busy, setting: .enforce, isOverridden: true, refuses: false, warns: true),
            Answer(verdict: .busy, setting: .enforce, isOverridable: false, isOverridden: true, refuses: true),
            Answer(verdict: .busy, setting: .warn, isOverridable: false, refuses: true),
            Answer(verdict: .busy, setting: .off, isOverridable: false, refuses: true),
        ])
    func settings(_ answer: Answer) throws {
        for name in [Guard.storage, .network] {
            var host = host(Host.card(1))
            host.policies[0].guards = [name: answer.setting]
            host.snapshot.isComplete = answer.isComplete
            host.snapshot.uses = [
                Host.address(1): [
                    name: UseFinding(answer.verdict, [.recorded("evidence")], isOverridable: answer.isOverridable)
                ]
            ]
            if answer.isOverridden { host.request.overrides = [name] }
            let plan = try #require(host.plan(1))
            #expect(plan.decision == (answer.refuses ? .refused : .rebind))
            #expect(plan.refusals == (answer.refuses ? [name] : []))
            #expect(plan.guards.contains { $0.name == name } == answer.isAnswered)
            #expect(plan.warnings == (answer.warns ? ["\(name.rawValue): evidence"] : []))
            #expect(host.plan.isComplete == answer.isComplete)
            #expect(plan.steps.isEmpty == answer.refuses && (plan.target == nil) == answer.refuses)
        }
    }

    @Test("guards come in one order, each once")
    func order() {
        var host = host(Host.card(1, group: 1))
        host.snapshot.uses = [Host.address(1): [.network: UseFinding(.free), .storage: UseFinding(.free)]]
        #expect(host.plan(1)?.guards.map(\.name) == [.bridge, .target, .storage, .network, .iommu])
    }
}
