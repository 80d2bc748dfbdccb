import Testing

@testable import Passthrough

private typealias Host = PlannerHost

/// Work that must grow with the host and not with its square, counted and not timed.
@Suite("Planner: growth")
struct PlannerGrowthTests {
    private func id(_ number: Int) -> PCIID { PCIID(vendor: 0x1000, device: UInt16(number)) }

    @Test("a function meets only the policies that could match it", arguments: [10, 1000, 4000])
    func policies(_ count: Int) {
        let types = (0..<count).map { Host.policy("t\($0)", ids: [id($0)]) }
        let places = (0..<count).map { number in
            Policy(
                name: "a\(number)",
                match: Match(
                    addresses: PCIAddress(domain: UInt32(number), bus: 0, device: 0, function: 0).map { [.exact($0)] }))
        }
        // Only a pattern is asked of every function.
        let wide = Policy(name: "wide", match: Match(addresses: AddressPattern("ffff:*").map { [$0] }))
        let set = PolicySet(types + places + [wide])
        let function = Host.card(1, id: id(count - 1))
        #expect(set.positions(for: function).joined().count == 2)
        #expect(set.first(for: function)?.name == "t\(count - 1)")
        #expect(set.positions(for: Host.card(1)).joined().count == 1)
    }

    @Test("steps, warnings and registrations grow with the functions", arguments: [100, 1000])
    func plan(_ count: Int) {
        let functions = (0..<count).map { number in
            PCIFunction(
                address: PCIAddress(domain: UInt32(number), bus: 0, device: 0, function: 0) ?? Host.address(1),
                id: Host.mellanox, classCode: ClassCode(0x020000), driver: Host.mlx4, iommuGroup: UInt32(number),
                headerType: 0)
        }
        let plan = Host(functions, [Host.policy(ids: [Host.mellanox])]).plan
        #expect(plan.functions.flatMap(\.steps).count == 2 * count + 1)
        #expect(plan.functions.flatMap(\.guards).count == 3 * count)
        #expect(plan.functions.allSatisfy { $0.warnings.isEmpty } && plan.registrations.count == 1)
        #expect(plan.predicted.count == count)
    }

    @Test("the evidence of a group does not grow with its square", arguments: [20, 200])
    func group(_ count: Int) {
        let functions = (0..<count).map { number in
            PCIFunction(
                address: PCIAddress(domain: UInt32(number), bus: 0, device: 0, function: 0) ?? Host.address(1),
                id: Host.mellanox, classCode: ClassCode(0x020000), driver: Host.mlx4, iommuGroup: 1, headerType: 0)
        }
        var host = Host(functions, [Host.policy(ids: [Host.mellanox])])
        host.snapshot.uses = [functions[0].address: [.storage: UseFinding(.busy, [.recorded("swap")])]]
        let evidence = host.plan.functions.flatMap(\.guards).flatMap(\.texts)
        #expect(evidence.count <= 10 * count)
    }
}
