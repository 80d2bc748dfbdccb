import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("Variant drivers")
struct VariantTableTests {
    private static let mlx5 = Host.driver("mlx5_vfio_pci")
    private static let narrow = Host.driver("narrow_vfio_pci")

    private func table(_ more: (String, DriverName)...) -> VariantTable {
        var table = VariantTable()
        table.add("vfio_pci:v*d*sv*sd*bc*sc*i*", driver: .vfioPCI)
        table.add("vfio_pci:v000015B3d00001003sv*sd*bc*sc*i*", driver: VariantTableTests.mlx5)
        for (alias, driver) in more { table.add(alias, driver: driver) }
        return table
    }

    @Test("the fewest wildcards win, field by field; the first among equals")
    func best() {
        let card = Host.card(1)
        #expect(table().best(for: card) == VariantTableTests.mlx5)
        #expect(table().best(for: Host.card(1, id: Host.intel)) == .vfioPCI)
        #expect(VariantTable().best(for: card) == nil)
        let narrow = ("vfio_pci:v000015B3d00001003sv*sd*bc02sc00i*", VariantTableTests.narrow)
        #expect(table(narrow).best(for: card) == VariantTableTests.narrow)
        let other = ("vfio_pci:v000015B3d00001003sv*sd*bc01sc*i*", VariantTableTests.narrow)
        #expect(table(other).best(for: card) == VariantTableTests.mlx5)
        let same = ("vfio_pci:v000015B3d00001003sv*sd*bc*sc*i*", VariantTableTests.narrow)
        #expect(table(same).best(for: card) == VariantTableTests.mlx5)
        let subsystem = ("vfio_pci:v000015B3d00001003sv00001014sd*bc*sc*i*", VariantTableTests.narrow)
        #expect(
            table(subsystem).best(for: card) == VariantTableTests.mlx5, "without a subsystem nothing is known of it")
        var known = card
        known.subsystem = PCIID(vendor: 0x1014, device: 1)
        #expect(table(subsystem).best(for: known) == VariantTableTests.narrow)
    }

    @Test(
        "an alias of another form says nothing",
        arguments: [
            "pci:v*d*sv*sd*bc*sc*i*", "vfio_pci:", "vfio_pci:v*d*", "vfio_pci:vXd*sv*sd*bc*sc*i*",
            "vfio_pci:v*d*sv*sd*bc*sc*i*x",
            "vfio_pci:v1234567890d*sv*sd*bc*sc*i*", "vfio_pci:vd*sv*sd*bc*sc*i*",
        ])
    func otherForms(_ alias: String) {
        var table = VariantTable()
        table.add(alias, driver: VariantTableTests.mlx5)
        #expect(table.best(for: Host.card(1)) == nil)
    }

    @Test("auto takes the variant by an override, for whole types too")
    func plan() {
        var policy = Host.policy(ids: [Host.mellanox])
        policy.choosesVariant = true
        var host = Host([Host.card(1)], [policy])
        #expect(host.plan(1)?.target == .vfioPCI && host.plan(1)?.method == .newID)
        host.snapshot.variants = table()
        let plan = host.plan(1)
        #expect(plan?.target == VariantTableTests.mlx5 && plan?.method == .driverOverride)
        #expect(plan?.reason.contains("may have a variant driver") == true && host.plan.registrations.isEmpty)
        #expect(
            host.steps == [
                "set_override mlx5_vfio_pci", "unbind 0000:01:01.0", "bind 0000:01:01.0",
            ])
        host.snapshot.variants = VariantTable(failure: "modules.alias cannot be read")
        #expect(host.plan(1)?.refusals == [.target])
        #expect(host.plan(1)?.guards.first { $0.name == .target }?.found.isAbsence == true)
    }

    @Test("one on vfio-pci goes to its variant; one that is there stays")
    func rebinding() {
        var policy = Host.policy(at: [Host.address(1), Host.address(2)])
        policy.choosesVariant = true
        var host = Host([Host.card(1, driver: "vfio-pci"), Host.card(2, driver: "mlx5_vfio_pci")], [policy])
        host.snapshot.variants = table()
        #expect(host.decisions == [.rebind, .already])
        #expect(PolicySet([policy]).wantedFacts == .variants && PolicySet([Host.policy()]).wantedFacts.isEmpty)
    }

    @Test("each mate of a whole group goes to its own driver")
    func mates() {
        var policy = Host.policy(at: [Host.address(1)], group: .whole)
        policy.choosesVariant = true
        var host = Host([Host.card(1, group: 1), Host.card(2, id: Host.intel, driver: "e1000e", group: 1)], [policy])
        host.snapshot.variants = table()
        #expect(host.plan(1)?.target == VariantTableTests.mlx5 && host.plan(2)?.target == .vfioPCI)
    }
}
