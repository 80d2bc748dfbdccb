import Host
import Passthrough
import Testing

@testable import Engine

/// Each step fails for a while, and the same work is done again until nothing asks for another try.
@Suite("Failures that go away")
struct RetryTests {
    private func steps(of scenario: Scenario) throws -> [Step] {
        let host = try scenario.host()
        host.apply()
        return host.kernel.steps
    }

    /// How many tries it takes when the fault goes away after so many of them; nil where the functions do not come where they belong.
    private func tries(_ host: EngineHost, _ scenario: Scenario, failing count: Int) -> Int? {
        for number in 1...(count + 1) {
            if number > count { host.kernel.simulator.faults = [:] }
            let outcomes = host.apply()
            guard outcomes.contains(where: \.isToBeRetried) else {
                let areBound = scenario.wanted.allSatisfy {
                    host.kernel.simulator.driver(of: $0) == .vfioPCI && host.state.record(of: $0)?.phase == .rebound
                }
                return areBound ? number : nil
            }
        }
        return nil
    }

    @Test("an error that goes away after the first or the third try", arguments: Scenario.allCases, [1, 3])
    func everyStep(_ scenario: Scenario, _ count: Int) throws {
        for step in try steps(of: scenario) {
            for error in step.operation.possibleErrors {
                for address in [step.address, nil] {
                    let host = try scenario.host()
                    host.kernel.simulator.faults = [.operation(step.operation, address): error]
                    Tally.add("steps of a rebind that fail and are tried again")
                    let tries = tries(host, scenario, failing: count)
                    #expect(tries.map { $0 <= count + 1 } == true, "\(step.operation) \(error)")
                    host.expectOthers("\(step.operation) \(error)")
                }
            }
        }
    }

    @Test("a module that is still being removed is loaded by the next try, and the reason is what modprobe said")
    func module() throws {
        let host = try Scenario.loadable.host()
        host.kernel.simulator.faults = [.operation(.loadModule, nil): .invalid]
        let outcome = try #require(host.apply().first)
        #expect(outcome.outcome == .failed && outcome.isToBeRetried)
        #expect(outcome.error?.hasPrefix("load_module: modprobe vfio_pci: exit status 1: ") == true)
        #expect(tries(host, .loadable, failing: 0) == 1)
    }

    @Test("an ID whose driver's module cannot be loaded says why, and is to be tried again")
    func registration() throws {
        let host = try Scenario.loadable.host()
        let registrar = Registrar(kernel: host.kernel, root: host.tree.root)
        let wanted = Registration(id: Scenario.card, driver: .vfioPCI, policy: "cards", isPresent: false)
        host.kernel.simulator.faults = [.operation(.loadModule, nil): .invalid]
        let failed = try #require(registrar.register([wanted]).first)
        #expect(failed.result == "EINVAL" && failed.isToBeRetried)
        #expect(failed.reason?.hasPrefix("load_module: modprobe vfio_pci: exit status 1: ") == true)
        host.kernel.simulator.faults = [:]
        let done = try #require(registrar.register([wanted]).first)
        #expect(done.result == "ok" && !done.isToBeRetried && done.reason == nil)
    }

    @Test("what a worker says of an ID comes back as it was")
    func replies() {
        for reply in [
            RegistrationReply(result: "ok", reason: nil), RegistrationReply(result: "EIO", reason: "two\nlines"),
            .timedOut,
        ] {
            let read = RegistrationReply(reply.bytes)
            #expect(read.result == reply.result && read.reason == reply.reason)
        }
        #expect(RegistrationReply([]).result == "EIO")
    }

    @Test("what is to be tried again")
    func outcomes() {
        func outcome(_ outcome: Outcome, _ verdict: GuardVerdict? = nil, refuses: Bool = true) -> FunctionOutcome {
            let guards = verdict.map {
                [GuardFinding(.network, UseFinding($0), setting: .enforce, refuses: refuses)]
            }
            return FunctionOutcome(address: Scenario.address(1), outcome: outcome, guards: guards ?? [])
        }
        #expect(outcome(.failed).isToBeRetried && outcome(.stuck).isToBeRetried)
        #expect(outcome(.refused, .unknown).isToBeRetried)
        #expect(!outcome(.refused, .busy).isToBeRetried && !outcome(.refused, .unknown, refuses: false).isToBeRetried)
        for end in Outcome.allCases where ![.failed, .stuck].contains(end) { #expect(!outcome(end).isToBeRetried) }
    }
}
