import Host
import HostFiles
import Passthrough
import SystemPackage
import Testing

/// Each step fails in turn with every errno that it can give.
@Suite("Executor: failures")
struct ExecutorFailureTests {
    /// The steps that a scenario makes when all goes well, with the number of each.
    private func steps(_ host: EngineHost, _ work: (EngineHost) -> Void) -> [(Int, Step)] {
        let first = host.kernel.simulator.stepCount
        let count = host.kernel.steps.count
        work(host)
        return host.kernel.steps.dropFirst(count).enumerated().map { (first + $0.offset, $0.element) }
    }

    private func expectEnd(_ host: EngineHost, _ scenario: Scenario, _ outcomes: [FunctionOutcome], _ hint: String) {
        #expect(outcomes.count == scenario.wanted.count, "\(hint)")
        for outcome in outcomes {
            let address = outcome.address
            if outcome.outcome == .rebound {
                #expect(host.kernel.simulator.driver(of: address) == .vfioPCI, "\(hint)")
                #expect(host.state.record(of: address)?.phase == .rebound, "\(hint)")
                continue
            }
            #expect(outcome.outcome == .failed, "\(hint)")
            // The id that the next card registers takes the one that was left without a driver.
            if scenario == .twoCards, outcome.driver == nil, host.kernel.simulator.driver(of: address) == .vfioPCI {
                host.kernel.simulator.faults = [:]
                host.apply()
                #expect(host.state.record(of: address)?.phase == .rebound, "\(hint)")
                continue
            }
            #expect(outcome.driver == host.kernel.simulator.driver(of: address), "\(hint)")
            if outcome.error?.contains("to repair it, run") == true {
                host.kernel.simulator.faults = [:]
                host.mend(outcome.error ?? "")
                host.expectNative(address, "\(hint): \(outcome.error ?? "")")
            } else {
                host.expectNative(address, "\(hint): \(outcome.error ?? "")")
                #expect(host.state.record(of: address) == nil, "\(hint)")
            }
        }
        if outcomes.allSatisfy({ $0.outcome == .failed && $0.error?.contains("to repair it") != true }) {
            host.expectNative(scenario, hint)
        }
        host.expectOthers(hint)
    }

    @Test("one failure of one step is undone or overcome", arguments: Scenario.allCases)
    func once(_ scenario: Scenario) throws {
        for (number, step) in steps(try scenario.host(), { $0.apply() }) {
            for error in step.operation.possibleErrors {
                let host = try scenario.host()
                host.kernel.simulator.faults = [.step(number): error]
                Tally.add("steps of a rebind that fail once")
                let outcomes = host.apply()
                let hint = "\(step.operation) \(error)"
                expectEnd(host, scenario, outcomes, hint)
                #expect(outcomes.allSatisfy { $0.error?.contains("to repair it") != true }, "\(hint)")
            }
        }
    }

    @Test("a step that always fails is undone as far as the kernel lets us", arguments: Scenario.allCases)
    func always(_ scenario: Scenario) throws {
        for (_, step) in steps(try scenario.host(), { $0.apply() }) {
            for error in step.operation.possibleErrors {
                for address in [step.address, nil] {
                    let host = try scenario.host()
                    host.kernel.simulator.faults = [.operation(step.operation, address): error]
                    Tally.add("steps of a rebind that always fail")
                    expectEnd(host, scenario, host.apply(), "\(step.operation) \(error) always")
                }
            }
        }
    }

    @Test("a failure and another one in its undo leave a command that mends", arguments: Scenario.allCases)
    func twice(_ scenario: Scenario) throws {
        let count = steps(try scenario.host()) { $0.apply() }.count
        for number in 0..<count {
            for later in 1...4 {
                let host = try scenario.host()
                host.kernel.simulator.faults = [.step(number): .inputOutput, .step(number + later): .inputOutput]
                Tally.add("steps of a rebind that fail, and one of the undo")
                expectEnd(host, scenario, host.apply(), "steps \(number) and \(number + later)")
            }
        }
    }

    @Test("a card without driver and policy that a forced new_id took goes free with the undo")
    func othersTaken() throws {
        func card(_ device: UInt8, _ driver: DriverName?) -> PCIFunction {
            PCIFunction(
                address: Scenario.address(device), id: Scenario.card, classCode: ClassCode(0x020000), driver: driver,
                iommuGroup: UInt32(device), headerType: 0)
        }
        let simulator = Simulator(
            functions: [card(1, Scenario.mlx4), card(2, nil)],
            drivers: [
                SimulatedDriver(Scenario.mlx4, ids: [Scenario.card]), SimulatedDriver.vfioPCI(isRegistered: true),
            ])
        let match = Match(ids: [IDPattern(Scenario.card)], addresses: [.exact(Scenario.address(1))])
        let host = try EngineHost(simulator, [Policy(name: "one", match: match, method: .newID)])
        #expect(host.plan().functions.first?.alsoTaken == [Scenario.address(2)])
        host.kernel.simulator.faults = [.operation(.unbind, Scenario.address(1)): .inputOutput]
        let outcomes = host.apply()
        #expect(outcomes.first { $0.address == Scenario.address(1) }?.outcome == .failed)
        #expect(host.kernel.simulator.driver(of: Scenario.address(1)) == Scenario.mlx4)
        #expect(host.kernel.simulator.driver(of: Scenario.address(2)) == nil)
        #expect(host.state.registrations().isEmpty)
    }

    @Test("a release whose step fails ends where it began", arguments: Scenario.allCases)
    func release(_ scenario: Scenario) throws {
        let good = try scenario.host()
        good.apply()
        let made = steps(good) { $0.release() }
        for (number, step) in made {
            for error in step.operation.possibleErrors {
                let host = try scenario.host()
                host.apply()
                let before = host.instant()
                host.kernel.simulator.faults = [.step(number): error]
                Tally.add("steps of a release that fail")
                let outcomes = host.release()
                let hint = "\(step.operation) \(error)"
                for outcome in outcomes where outcome.outcome == .failed {
                    let now = host.kernel.simulator.function(at: outcome.address)
                    #expect(now == before.simulator.function(at: outcome.address), "\(hint): \(outcome.error ?? "")")
                    #expect(host.state.record(of: outcome.address)?.phase == .rebound, "\(hint)")
                }
                #expect(outcomes.allSatisfy { [.failed, .released].contains($0.outcome) }, "\(hint)")
                host.kernel.simulator.faults = [:]
                host.release()
                // The kernel says that it does not know the id, which a fault makes untrue here.
                let isLie = step.operation == .removeID && [.noDevice, .noEntry].contains(error)
                host.expectNative(scenario, "\(hint), released again", ids: !isLie)
            }
        }
    }
}
