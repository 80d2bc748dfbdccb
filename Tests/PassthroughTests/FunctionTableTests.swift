import SimulatorScripts
import Testing

@testable import Passthrough

private typealias Host = PlannerHost

@Suite("FunctionTable")
struct FunctionTableTests {
    /// A host in which everything meets: groups of several, shared ids, a controller with functions below it, several policies.
    private struct Random {
        var numbers: SplitMix64
        let functions: [PCIFunction]
        let policies: [Policy]
        let records: [PCIAddress: FunctionRecord]

        init(seed: UInt64) {
            var numbers = SplitMix64(seed: seed)
            let ids = (0..<4).map { PCIID(vendor: 0x1000, device: UInt16($0)) }
            let drivers: [String?] = ["mlx4_core", "vfio-pci", nil, "pcieport"]
            functions = (0..<12).map { index in
                var function = Host.card(
                    UInt8(index + 1), id: ids[Int(numbers.next() % 4)], driver: drivers[Int(numbers.next() % 4)],
                    group: UInt32(numbers.next() % 6), classCode: numbers.next() % 8 == 0 ? 0x060400 : 0x020000)
                if index > 0, numbers.next() % 6 == 0 {
                    function.path = [Host.address(UInt8(numbers.next() % UInt64(index)) + 1), function.address]
                }
                return function
            }
            let methods: [Policy.MethodChoice] = [.auto, .newID, .driverOverride]
            let groups: [Policy.GroupRule] = [.require, .whole, .ignore]
            policies = (0..<5).map { index in
                let byAddress = numbers.next() % 3 == 0
                return Host.policy(
                    "p\(index)", ids: byAddress ? nil : [ids[Int(numbers.next() % 4)], ids[Int(numbers.next() % 4)]],
                    at: byAddress ? [Host.address(UInt8(numbers.next() % 12) + 1)] : nil,
                    action: numbers.next() % 5 == 0 ? .ignore : .passthrough,
                    method: byAddress ? .driverOverride : methods[Int(numbers.next() % 3)],
                    group: groups[Int(numbers.next() % 3)])
            }
            records = numbers.next() % 3 == 0 ? Host.record(UInt8(numbers.next() % 12) + 1) : [:]
            self.numbers = numbers
        }
    }

    @Test("the plan for some functions is the same on their neighbourhood as on the whole host", arguments: 0..<500)
    func neighbourhood(_ seed: Int) {
        var random = Random(seed: UInt64(seed))
        let snapshot = HostSnapshot(
            functions: random.functions,
            uses: Dictionary(
                uniqueKeysWithValues: random.functions.filter { _ in random.numbers.next() % 5 == 0 }.map {
                    ($0.address, [.storage: UseFinding(.busy, [.recorded("mounted")])])
                }), records: random.records)
        let table = FunctionTable(random.functions)
        for function in random.functions {
            let request = PlanRequest(addresses: [function.address], isByUser: false)
            let planner = Planner(policies: PolicySet(random.policies), request: request)
            let near = table.neighbourhood(of: [function.address], fresh: [function]) {
                planner.policy(for: $0, snapshot.records)
            }
            let whole = planner.plan(snapshot, predicts: false)
            let part = planner.plan(snapshot.replacing(near), predicts: false)
            let own = { (plan: HostPlan) in plan.functions.first { $0.function.address == function.address } }
            #expect(own(part) == own(whole), "seed \(seed), \(function.address)")
            let decisions = { (plan: HostPlan) in plan.functions.map { "\($0.function.address) \($0.decision)" } }
            #expect(decisions(part) == decisions(whole), "seed \(seed), \(function.address)")
            #expect(Set(part.registrations) == Set(whole.registrations), "seed \(seed), \(function.address)")
        }
    }

    @Test("what is far away is left out")
    func bounds() {
        let functions = (1..<20).map { Host.card($0) }
        let narrow = Host.policy(method: .driverOverride)
        let table = FunctionTable(functions)
        #expect(table.neighbourhood(of: [Host.address(3)], fresh: [functions[2]]) { _ in narrow } == [functions[2]])
        let wide = Host.policy(ids: [Host.mellanox])
        #expect(table.neighbourhood(of: [Host.address(3)], fresh: [functions[2]]) { _ in wide }.count == 19)
    }

    @Test("a function that changes or goes leaves nothing behind")
    func changes() {
        var table = FunctionTable([Host.card(1, group: 7), Host.card(2, group: 7)])
        table.put(Host.card(1, group: 8))
        #expect(table.members(of: 7) == [Host.address(2)] && table.members(of: 8) == [Host.address(1)])
        table.remove(Host.address(2))
        #expect(table.members(of: 7).isEmpty && table[Host.address(2)] == nil)
        // One that is gone is no neighbour of the one that comes in its place.
        table.put(Host.card(3, group: 8))
        let near = table.neighbourhood(of: [Host.address(1)], fresh: []) { _ in nil }
        #expect(near.isEmpty)
    }
}
