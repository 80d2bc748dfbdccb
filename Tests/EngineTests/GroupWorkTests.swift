import Host
import HostFiles
import Passthrough
import Testing

@testable import Engine

@Suite("Groups that go together")
struct GroupWorkTests {
    private func plan(
        _ device: UInt8, _ decision: Decision, group: UInt32? = 1, driver: DriverName? = Scenario.mlx4,
        isBound: Bool = true
    ) -> FunctionPlan {
        let function = PCIFunction(
            address: Scenario.address(device), id: Scenario.card, driver: driver, iommuGroup: group)
        return FunctionPlan(function: function, decision: decision, reason: "", isGroupBound: isBound)
    }

    private func addresses(_ plans: [FunctionPlan]) -> [PCIAddress] { plans.map(\.function.address) }

    @Test("members of a group go together, others alone")
    func together() {
        let plans = [
            plan(1, .rebind), plan(2, .rebind, group: 2), plan(3, .rebind), plan(4, .rebind, group: nil),
            plan(5, .rebind, isBound: false), plan(6, .unmatched),
        ]
        let work = GroupWork(plans) { _ in false }
        let all = [1, 2, 3, 4, 5, 6].map { Scenario.address($0) }
        #expect(work.transactions.map(addresses) == [[all[0], all[2]], [all[1]], [all[3]], [all[4]]])
        #expect(addresses(work.settled) == [all[5]] && work.abandoned.isEmpty)
    }

    @Test("one that a killed run has bound already belongs to the transaction of the rest")
    func begun() {
        let plans = [plan(1, .already, driver: .vfioPCI), plan(2, .rebind), plan(3, .already, driver: .vfioPCI)]
        let work = GroupWork(plans) { $0 == Scenario.address(1) }
        #expect(work.transactions.map(addresses) == [[Scenario.address(1), Scenario.address(2)]])
        #expect(addresses(work.settled) == [Scenario.address(3)])
        let ended = GroupWork([plans[0], plans[2]]) { $0 == Scenario.address(1) }
        #expect(ended.transactions.isEmpty && ended.settled.count == 2, "nothing is left to go with it")
    }

    @Test("it goes back where the rest is refused or contested")
    func abandoned() {
        let begun = plan(1, .already, driver: .vfioPCI)
        let isBegun = { (address: PCIAddress) in address == Scenario.address(1) }
        #expect(
            addresses(GroupWork([begun, plan(2, .refused)], isUnfinished: isBegun).abandoned) == [Scenario.address(1)])
        let free = GroupWork([begun, plan(2, .refused, driver: nil)], isUnfinished: isBegun)
        #expect(free.abandoned.isEmpty, "a refused function without a driver hinders nobody")
        for decision in [Decision.contested, .stuck] {
            let work = GroupWork([begun, plan(2, decision)], isUnfinished: isBegun)
            #expect(work.transactions.isEmpty && addresses(work.abandoned) == [Scenario.address(1)])
        }
        let other = GroupWork([plan(1, .rebind), plan(2, .refused, driver: nil)], isUnfinished: { _ in false })
        #expect(other.transactions.count == 1, "the planner let it go")
    }

    /// Three functions of one group on drivers of the host, which a policy takes as a whole.
    private func host(_ rule: Policy.GroupRule = .whole) throws -> EngineHost {
        let functions = (1...3).map { device in
            PCIFunction(
                address: Scenario.address(device), id: Scenario.card, classCode: ClassCode(0x020000),
                driver: Scenario.mlx4, iommuGroup: 1, headerType: 0)
        }
        let drivers = [SimulatedDriver(Scenario.mlx4, ids: [Scenario.card]), SimulatedDriver.vfioPCI()]
        let policy = Policy(
            name: "whole", match: Match(addresses: (1...3).map { .exact(Scenario.address($0)) }), group: rule)
        return try EngineHost(Simulator(functions: functions, drivers: drivers), [policy])
    }

    private func drivers(_ host: EngineHost) -> [DriverName?] {
        (1...3).map { host.kernel.simulator.driver(of: Scenario.address($0)) }
    }

    @Test(
        "after a kill at any instant, a failure of any member puts back all: all or none",
        arguments: [Policy.GroupRule.whole, .require])
    func killedAndFailing(_ rule: Policy.GroupRule) throws {
        let host = try host(rule)
        let instants = host.instants { $0.apply() }
        var tries = 0
        for instant in instants {
            for victim in 1...3 as ClosedRange<UInt8> {
                try host.restore(instant)
                host.kernel.before = { kernel, step in
                    if step.operation == .bind, step.address == Scenario.address(victim),
                        step.path == SysfsPath.bind(.vfioPCI)
                    {
                        kernel.simulator.faults[.step(kernel.simulator.stepCount)] = .inputOutput
                    }
                }
                let outcomes = host.apply()
                host.kernel.before = { _, _ in }
                let after = drivers(host)
                let isAll = after.allSatisfy { $0 == .vfioPCI }
                let isNone = after.allSatisfy { $0 == Scenario.mlx4 }
                #expect(isAll || isNone, "victim \(victim): \(after), \(outcomes.map(\.outcome))")
                if isNone { #expect(host.state.records().records.isEmpty) }
                tries += 1
            }
        }
        #expect(tries > 30)
        print("GroupWork: \(tries) kills followed by a failure, group = \(rule.rawValue)")
    }

    @Test(
        "members that arrive one at a time end as the policy wants, in any order",
        arguments: [
            [1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1],
        ])
    func orders(_ order: [UInt8]) throws {
        for rule in [Policy.GroupRule.whole, .require] {
            for isSlow in [true, false] {
                let host = try host(rule)
                for device in 1...3 as ClosedRange<UInt8> { host.kernel.unplug(Scenario.address(device)) }
                for device in order {
                    _ = host.kernel.simulator.plug(Scenario.address(device))
                    if isSlow { _ = host.kernel.simulator.run(.bind(Scenario.address(device), to: Scenario.mlx4)) }
                    host.apply()
                }
                #expect(drivers(host) == [.vfioPCI, .vfioPCI, .vfioPCI], "\(order), \(rule), slow \(isSlow)")
                host.apply()
                #expect(host.state.records().records.values.allSatisfy { $0.phase == .rebound })
                host.release()
                #expect(host.state.records().records.isEmpty)
            }
        }
    }
}
