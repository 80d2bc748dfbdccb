import Testing

@testable import Passthrough

@Suite("Viability of a group")
struct ViabilityRuleTests {
    @Test(
        "the release decides which rule holds",
        arguments: [
            ("5.18.19-generic", ViabilityRule.names), ("4.18.0-553.el8", .names), ("5.4", .names),
            ("5.19.0", .ownership),
            ("6.1.0-40-amd64", .ownership), ("10.0", .ownership), ("", .ownership), ("made up", .ownership),
        ])
    func release(text: String, expected: ViabilityRule) { #expect(ViabilityRule(release: text) == expected) }

    private func function(_ driver: DriverName?, header: UInt8 = 0) -> PCIFunction {
        PlannerHost.card(1, driver: driver?.text, header: header)
    }

    @Test("before 5.19 pcieport is known by the header of its port, and any driver of a bridge is let go")
    func drivers() {
        for rule in [ViabilityRule.names, .ownership] {
            #expect(rule.allows(function(.vfioPCI)) && rule.allows(function(.pciStub)))
            #expect(rule.allows(function(.pciePort, header: 0x81)))
            #expect(!rule.allows(function(PlannerHost.mlx4)) && !rule.allows(function(nil)))
        }
        // An event collector of a root complex has header type 0 and is driven by pcieport.
        #expect(
            ViabilityRule.ownership.allows(function(.pciePort)) && !ViabilityRule.names.allows(function(.pciePort)))
        let other = PlannerHost.driver("shpchp")
        #expect(ViabilityRule.names.allows(function(other, header: 1)))
        #expect(!ViabilityRule.ownership.allows(function(other, header: 1)))
    }

    @Test("the planner asks by the kernel's rule")
    func planner() {
        let functions = [
            PlannerHost.card(1, group: 1),
            PlannerHost.card(2, id: PlannerHost.intel, driver: "pcieport", group: 1, classCode: 0x080700),
        ]
        var host = PlannerHost(functions, [PlannerHost.policy(at: [PlannerHost.address(1)])])
        #expect(host.plan(1)?.decision == .rebind)
        host.snapshot.viability = .names
        #expect(host.plan(1)?.refusals == [.group])
    }
}
