import Passthrough
import Testing

private typealias Host = PlannerHost

@Suite("VFs that are still to come")
struct VirtualFunctionPoolTests {
    private var parent: PCIFunction {
        var parent = Host.card(1)
        parent.identity.virtualFunctions = VirtualFunctionPool(device: 0x1004)
        return parent
    }

    private func virtual(_ name: String, _ change: (inout Policy) -> Void = { _ in }) -> Policy {
        var policy = Policy(
            name: name, match: Match(roles: [.virtual], physicalFunctions: [.exact(Host.address(1))]))
        change(&policy)
        return policy
    }

    @Test("the first policy that is certain decides; one that is not leaves all open")
    func taker() {
        func taker(_ policies: Policy...) -> String? {
            PolicySet(policies).takerOfVirtualFunctions(of: parent)?.name
        }
        #expect(taker(virtual("all")) == "all")
        #expect(taker(virtual("own") { $0.action = .ignore }, virtual("all")) == nil)
        #expect(taker(virtual("host") { $0.driver = Host.mlx4 }) == nil)
        #expect(taker(virtual("some") { $0.match.numaNodes = [0] }, virtual("all")) == nil)
        #expect(taker(virtual("pf") { $0.match.roles = [.physical] }, virtual("all")) == "all")
        #expect(taker(virtual("ids") { $0.match.ids = IDPattern("15b3:1004").map { [$0] } }) == "ids")
        #expect(taker(virtual("ids") { $0.match.ids = IDPattern("15b3:1003").map { [$0] } }) == nil)
        #expect(taker(virtual("class") { $0.match.classes = ClassPrefix("01").map { [$0] } }) == nil)
        #expect(taker(virtual("except") { $0.except = Match(addresses: [.exact(Host.address(2))]) }) == nil)
        #expect(taker(virtual("none") { $0.except = Match(roles: [.virtual]) }, virtual("all")) == "all")
        #expect(taker() == nil)
        #expect(PolicySet([virtual("all")]).takerOfVirtualFunctions(of: Host.card(1)) == nil, "it has none")
    }

    @Test("only policies about VFs have PFs asked for theirs")
    func facts() {
        #expect(PolicySet([virtual("all")]).wantedFacts == .virtualFunctions)
        #expect(PolicySet([Policy(name: "any", match: Match(roles: [.any]))]).wantedFacts.isEmpty)
    }

    @Test("a VF whose PF keeps drivers away is taken by an override")
    func override() {
        var child = Host.card(2, driver: nil)
        child.physicalFunction = Host.address(1)
        var host = Host([Host.card(1, id: Host.intel, driver: "e1000e"), child], [Host.policy(ids: [Host.mellanox])])
        #expect(host.plan(2)?.method == .newID)
        child.identity.wantsOverride = true
        host.snapshot = HostSnapshot(functions: [child])
        #expect(host.plan(2)?.method == .driverOverride)
        #expect(host.steps == ["set_override vfio-pci", "bind 0000:01:02.0"])
    }
}
