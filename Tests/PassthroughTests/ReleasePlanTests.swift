import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Release plans")
struct ReleasePlanTests {
    private func plan(
        _ function: PCIFunction, _ record: [PCIAddress: FunctionRecord], overrides: Set<Guard> = [],
        _ change: (inout HostSnapshot) -> Void = { _ in }
    ) -> FunctionPlan {
        var snapshot = HostSnapshot(functions: [function], records: record)
        change(&snapshot)
        return ReleasePlan.plan(for: function, in: snapshot, overrides: overrides)
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

    @Test("in-use refuses; only what is unknown is overridden, and without root it does not count")
    func inUse() {
        let function = Host.card(1, driver: "vfio-pci")
        func answer(_ finding: UseFinding, _ overrides: Set<Guard>, isComplete: Bool = true) -> Decision {
            plan(function, Host.record(1), overrides: overrides) {
                $0.uses = [Host.address(1): [.inUse: finding]]
                $0.isComplete = isComplete
            }.decision
        }
        let busy = UseFinding(.busy, ["qemu"], isOverridable: false)
        let unknown = UseFinding(.unknown, ["enabled"])
        #expect(answer(busy, []) == .refused && answer(busy, [.inUse]) == .refused)
        #expect(answer(unknown, []) == .refused && answer(unknown, [.inUse]) == .rebind)
        #expect(answer(unknown, [], isComplete: false) == .rebind)
        #expect(answer(UseFinding(.free), []) == .rebind)
    }
}
