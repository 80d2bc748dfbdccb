import Engine
import HostFiles
import Passthrough
import SystemPackage
import Testing

@testable import Host

@Suite("Executor")
struct ExecutorTests {
    @Test("every kind of plan ends on the policy's driver, and its release where it was", arguments: Scenario.allCases)
    func success(_ scenario: Scenario) throws {
        let host = try scenario.host()
        let outcomes = host.apply()
        #expect(outcomes.map(\.outcome) == scenario.wanted.map { _ in .rebound })
        #expect(outcomes.allSatisfy { $0.driver == .vfioPCI && $0.error == nil && $0.undone == nil })
        host.expectRebound(scenario, "rebound")
        #expect(host.plan().functions.allSatisfy { [.already, .unmatched].contains($0.decision) })
        #expect(host.plan().registrations.isEmpty || scenario == .knownID)
        #expect(host.release().map(\.outcome) == scenario.wanted.map { _ in .released })
        host.expectNative(scenario, "released")
    }

    @Test("the id of a second card is written once, and EEXIST is no failure")
    func existing() throws {
        let known = try Scenario.knownID.host()
        #expect(known.apply().flatMap(\.steps).map(\.result) == ["EEXIST", "ok", "ok"])
        let two = try Scenario.twoCards.host()
        #expect(two.apply().flatMap(\.steps).filter { $0.step.operation == .registerID }.map(\.result) == ["ok"])
        #expect(two.kernel.steps.count { $0.operation == .registerID } == 1)
    }

    @Test("a card without a driver is taken by new_id itself")
    func driverless() throws {
        let host = try Scenario.driverless.host()
        #expect(host.apply().flatMap(\.steps).map(\.step.operation) == [.registerID, .bind])
        #expect(host.kernel.steps.map(\.operation) == [.registerID])
    }

    @Test("an id stays while another function depends on it")
    func sharedID() throws {
        let host = try Scenario.twoCards.host()
        host.apply()
        let addresses = Scenario.twoCards.wanted
        let snapshot = host.snapshot()
        let plans = try addresses.map {
            ReleasePlan.plan(for: try #require(snapshot.function(at: $0)), in: snapshot, overrides: [])
        }
        #expect(host.executor.release(plans[0]).outcome == .released)
        #expect(host.dynamicIDs?.count == 1)
        #expect(host.kernel.simulator.drivers(of: addresses) == [Scenario.mlx4, .vfioPCI])
    }

    @Test("another driver that takes the function first is freed once, and gets it back on failure")
    func overtaken() throws {
        for isFailing in [false, true] {
            let host = try Scenario.newID.host()
            if isFailing { host.kernel.simulator.setProbe(.fails(.inputOutput), of: .vfioPCI) }
            var isTaken = false
            host.kernel.before = { kernel, step in
                guard step.operation == .bind, !isTaken else { return }
                isTaken = true
                _ = kernel.simulator.run(.bind(Scenario.address(1), to: Scenario.mlx4))
            }
            #expect(host.apply().map(\.outcome) == [isFailing ? .failed : .rebound])
            if isFailing { host.expectNative(.newID, "freed") } else { host.expectRebound(.newID, "freed") }
        }
    }

    @Test("an id that went with its module is registered again")
    func reloadedModule() throws {
        let host = try Scenario.newID.host()
        host.kernel.before = { kernel, step in
            guard step.operation == .unbind else { return }
            kernel.simulator.unload(.vfioPCI)
            _ = kernel.simulator.run(.loadModule(of: .vfioPCI, for: nil))
        }
        #expect(host.apply().map(\.outcome) == [.rebound])
    }

    @Test("a driver whose table does not have the card gets it back by an override for the time of the bind")
    func tableless() throws {
        let address = Scenario.address(1)
        for isFailing in [false, true] {
            let host = try Scenario.override.host()
            let stranger = Scenario.name("stranger")
            var simulator = Simulator(
                functions: host.original.presentFunctions,
                drivers: [SimulatedDriver(stranger, ids: [Scenario.sound]), .vfioPCI()])
            for step in [
                Step.unbind(address, from: Scenario.mlx4), .setOverride("stranger", of: address),
                .bind(address, to: stranger), .clearOverride(of: address),
            ] {
                #expect(simulator.run(step) == nil)
            }
            host.kernel.simulator = simulator
            if isFailing { host.kernel.simulator.setProbe(.fails(.inputOutput), of: .vfioPCI) }
            #expect(host.apply().map(\.outcome) == [isFailing ? .failed : .rebound])
            let outcomes = host.release()
            #expect(outcomes.map(\.outcome) == (isFailing ? [] : [.released]))
            #expect(
                outcomes.flatMap(\.steps).suffix(isFailing ? 0 : 3).map(\.step.operation.rawValue)
                    == (isFailing ? [] : ["set_override", "bind", "clear_override"]))
            #expect(host.kernel.driver(of: address) == stranger)
            #expect(host.kernel.driverOverride(of: address) == nil)
            #expect(host.state.records().records.isEmpty)
        }
    }

    @Test("a driver that is not ready is asked again for two seconds")
    func early() throws {
        let host = try Scenario.override.host()
        host.kernel.simulator.setProbe(.defers, of: .vfioPCI)
        host.kernel.after = { kernel, step in
            if kernel.milliseconds > 1_000_500 { kernel.simulator.setProbe(.succeeds, of: .vfioPCI) }
        }
        #expect(host.apply().map(\.outcome) == [.rebound])
        let never = try Scenario.override.host()
        never.kernel.simulator.setProbe(.defers, of: .vfioPCI)
        #expect(never.apply().map(\.outcome) == [.failed])
        #expect(never.kernel.milliseconds < 1_003_000)
        never.expectNative(.override, "never ready")
    }

    @Test("a driver whose link is there before its probe has ended is waited for")
    func linkedEarly() throws {
        let host = try Scenario.override.host()
        host.kernel.withoutDevice = Set(Scenario.override.wanted)
        host.kernel.watch = { kernel in if kernel.milliseconds > 1_000_500 { kernel.withoutDevice = [] } }
        #expect(host.apply().map(\.outcome) == [.rebound])
        #expect(host.kernel.milliseconds > 1_000_500)
    }

    @Test(
        "only what the links show counts", arguments: [Scenario.newID, .override, .staleOverride, .driverless, .group])
    func verified(_ scenario: Scenario) throws {
        let host = try scenario.host()
        host.kernel.withoutDevice = Set(scenario.wanted)
        let outcomes = host.apply()
        #expect(outcomes.allSatisfy { $0.outcome == .failed && $0.undone != nil })
        #expect(outcomes.contains { $0.error?.contains("VFIO has no device") == true })
        host.expectNative(scenario, "no device")
    }

    @Test("a plan that does not stand after a slow step is undone; one that is done by then is not")
    func late() throws {
        let slow = try Scenario.newID.host()
        slow.kernel.durations = [.unbind: 121_000]
        slow.stands = false
        let outcomes = slow.apply()
        #expect(outcomes.map(\.outcome) == [.failed])
        #expect(outcomes[0].error?.contains("conditions have changed") == true)
        slow.expectNative(.newID, "late")
        let harmless: [([Step.Operation: Int64], Bool)] = [
            ([.unbind: 121_000], true), ([.unbind: 119_000], false), ([.bind: 500_000], false),
        ]
        for (durations, stands) in harmless {
            let host = try Scenario.newID.host()
            host.kernel.durations = durations
            host.stands = stands
            #expect(host.apply().map(\.outcome) == [.rebound])
        }
    }

    @Test("a journal that cannot be written ends the work before the first write", arguments: Scenario.allCases)
    func noJournal(_ scenario: Scenario) throws {
        let host = try scenario.host()
        try host.tree.file(StatePath.journal, "a file")
        let outcomes = host.apply()
        #expect(outcomes.allSatisfy { $0.outcome == .failed && $0.error?.contains("nothing was changed") == true })
        #expect(host.kernel.steps.isEmpty)
    }

    @Test("the journal of a group that could not begin is as before")
    func halfJournal() throws {
        let host = try Scenario.group.host()
        try host.tree.folder(StatePath.record(Scenario.address(1, 1)) + "/x")
        #expect(host.apply().allSatisfy { $0.outcome == .failed })
        #expect(host.kernel.steps.isEmpty)
        #expect(host.state.records().records.isEmpty)
    }
}
