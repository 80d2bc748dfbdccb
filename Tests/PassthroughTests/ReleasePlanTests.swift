import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Release plans")
struct ReleasePlanTests {
    private func plan(
        _ function: PCIFunction, _ record: [PCIAddress: FunctionRecord], overrides: Set<Guard> = [],
        passesDrift: Bool = false, _ change: (inout HostSnapshot) -> Void = { _ in }
    ) -> FunctionPlan {
        var snapshot = HostSnapshot(functions: [function], records: record)
        change(&snapshot)
        return ReleasePlan.plan(for: function, in: snapshot, overrides: overrides, passesDrift: passesDrift)
    }

    private func text(_ plan: FunctionPlan) -> [String] { plan.steps.map { "\($0.operation.rawValue) \($0.value)" } }

    @Test("new_id: the driver, then the id")
    func newID() {
        let plan = plan(Host.card(1, driver: "vfio-pci"), Host.record(1)) {
            $0.registeredIDs = [.vfioPCI: [Host.mellanox]]
        }
        #expect(text(plan) == ["unbind 0000:01:01.0", "bind 0000:01:01.0", "remove_id 15b3 1003"])
        #expect(plan.target == Host.mlx4 && plan.timeout == 120)
    }

    @Test("an id that is not ours, or that another function needs, stays")
    func kept() {
        let function = Host.card(1, driver: "vfio-pci")
        #expect(!text(plan(function, Host.record(1))).contains("remove_id 15b3 1003"))
        let others = Host.record(1).merging(Host.record(2)) { first, _ in first }
        let shared = plan(function, others) { $0.registeredIDs = [.vfioPCI: [Host.mellanox]] }
        #expect(!text(shared).contains("remove_id 15b3 1003"))
        let overridden = Host.record(1).merging(Host.record(2, method: .driverOverride)) { first, _ in first }
        let own = plan(function, overridden) { $0.registeredIDs = [.vfioPCI: [Host.mellanox]] }
        #expect(text(own).contains("remove_id 15b3 1003"))
    }

    @Test("driver_override: cleared before the native driver is asked")
    func override() {
        let function = Host.card(1, driver: "vfio-pci", override: "vfio-pci")
        let plan = plan(function, Host.record(1, method: .driverOverride))
        #expect(text(plan) == ["unbind 0000:01:01.0", "clear_override ", "bind 0000:01:01.0"])
    }

    @Test("another tool's override comes back behind the bind that it would refuse")
    func stale() {
        let function = Host.card(1, driver: "vfio-pci", override: "vfio-pci")
        var record = Host.record(1, method: .driverOverride)
        record[Host.address(1)]?.nativeOverride = "pci-stub"
        #expect(
            text(plan(function, record)) == [
                "unbind 0000:01:01.0", "clear_override ", "bind 0000:01:01.0", "set_override pci-stub",
            ])
        record[Host.address(1)]?.nativeOverride = "mlx4_core"
        #expect(
            text(plan(function, record)) == ["unbind 0000:01:01.0", "set_override mlx4_core", "bind 0000:01:01.0"])
    }

    @Test("a VF whose PF keeps drivers away goes back by an override that does not stay")
    func withoutAutoprobe() {
        var function = Host.card(1, driver: "vfio-pci", override: "vfio-pci")
        function.identity.wantsOverride = true
        let plan = plan(function, Host.record(1, method: .driverOverride))
        #expect(
            text(plan) == [
                "unbind 0000:01:01.0", "set_override mlx4_core", "bind 0000:01:01.0", "clear_override ",
            ])
    }

    @Test("a driver without a table gets it by an override, which goes again")
    func tableless() throws {
        let function = Host.card(1, driver: "vfio-pci", override: "vfio-pci")
        var record = Host.record(1, native: "uio_pci_generic", method: .driverOverride)
        #expect(
            text(plan(function, record)) == [
                "unbind 0000:01:01.0", "set_override uio_pci_generic", "bind 0000:01:01.0", "clear_override ",
            ])
        record[Host.address(1)]?.nativeOverride = "pci-stub"
        #expect(
            text(plan(function, record)) == [
                "unbind 0000:01:01.0", "set_override uio_pci_generic", "bind 0000:01:01.0", "set_override pci-stub",
            ])
    }

    @Test("a recorded driver of none stays none")
    func none() {
        let plan = plan(Host.card(1, driver: "vfio-pci"), Host.record(1, native: nil))
        #expect(text(plan) == ["unbind 0000:01:01.0"] && plan.target == nil && plan.decision == .rebind)
    }

    @Test("what is there already needs no step; the native driver's module is loaded")
    func partial() {
        #expect(text(plan(Host.card(1), Host.record(1))).isEmpty)
        #expect(text(plan(Host.card(1, driver: nil), Host.record(1))) == ["bind 0000:01:01.0"])
        let loading = plan(Host.card(1, driver: nil), Host.record(1)) { $0.drivers = [Host.mlx4: .loadable] }
        #expect(text(loading) == ["load_module mlx4_core", "bind 0000:01:01.0"])
    }

    @Test("a function that this program did not rebind, or that someone else took since, is let be")
    func foreign() {
        #expect(plan(Host.card(1), [:]).decision == .already)
        #expect(plan(Host.card(1, driver: "vfio-pci"), [:]).decision == .ignored)
        let taken = plan(Host.card(1, driver: "pci-stub"), Host.record(1))
        #expect(taken.decision == .refused && taken.steps.isEmpty && taken.reason.contains("pci-stub"))
    }

    @Test("whoever passes over drift takes it from the driver of the other manager, and sees it in the plan")
    func drift() {
        let function = Host.card(1, driver: "pci-stub", override: "pci-stub")
        let record = Host.record(1, method: .driverOverride)
        let refused = plan(function, record)
        #expect(refused.reason.contains("`vfio-rebind release --override drift 0000:01:01.0` brings mlx4_core back"))
        let passed = plan(function, record, passesDrift: true)
        #expect(text(passed) == ["unbind 0000:01:01.0", "clear_override ", "bind 0000:01:01.0"])
        #expect(passed.steps.first?.path == "/sys/bus/pci/drivers/pci-stub/unbind")
        #expect(
            passed.warnings == [
                "drift: driver is pci-stub and was vfio-pci", "drift: driver_override is pci-stub and was vfio-pci",
            ])
        #expect(plan(function, record, overrides: Set(Guard.allCases)).decision == .refused)
    }

    @Test("drift passed over, every guard is asked about a driver of the host")
    func guardedDrift() {
        let mounted = UseFinding(.busy, [.recorded("sda is mounted on /")], isOverridable: false)
        let routed = UseFinding(.busy, [.recorded("eno1 carries the default route")])
        func answer(
            _ driver: String, _ uses: [Guard: UseFinding], _ overrides: Set<Guard> = [], virtual: Int = 0
        ) -> FunctionPlan {
            var function = Host.card(1, driver: driver)
            function.virtualFunctionCount = virtual
            return plan(function, Host.record(1), overrides: overrides, passesDrift: true) {
                $0.uses = [Host.address(1): uses]
            }
        }
        #expect(answer("e1000e", [.network: routed]).reason == "network: eno1 carries the default route")
        #expect(answer("e1000e", [.network: routed], [.network]).decision == .rebind)
        #expect(answer("nvme", [.storage: mounted], [.storage]).decision == .refused)
        #expect(answer("e1000e", [:], [.vfs], virtual: 2).refusals == [.vfs])
        let held = UseFinding(.busy, [.recorded("qemu")], isOverridable: false)
        #expect(answer("mlx5_vfio_pci", [.inUse: held], [.inUse]).refusals == [.inUse])
        #expect(answer("e1000e", [.inUse: held, .identity: routed]).decision == .rebind)
        // What the native driver has is not taken from it.
        #expect(answer("mlx4_core", [.network: routed]).decision == .rebind)
    }

    @Test("in-use refuses; only what is unknown is overridden, and without root it does not count")
    func inUse() {
        let function = Host.card(1, driver: "vfio-pci")
        func answer(_ finding: UseFinding, _ overrides: Set<Guard>, isComplete: Bool = true) -> Decision {
            plan(function, Host.record(1), overrides: overrides) {
                $0.uses = [Host.address(1): [.inUse: finding]]
                $0.isComplete = isComplete
            }.decision
        }
        let busy = UseFinding(.busy, [.recorded("qemu")], isOverridable: false)
        let unknown = UseFinding(.unknown, [.recorded("enabled")])
        #expect(answer(busy, []) == .refused && answer(busy, [.inUse]) == .refused)
        #expect(answer(unknown, []) == .refused && answer(unknown, [.inUse]) == .rebind)
        #expect(answer(unknown, [], isComplete: false) == .rebind)
        #expect(answer(UseFinding(.free), []) == .rebind)
    }
}
