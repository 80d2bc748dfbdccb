import Passthrough
import Testing

/// Errors that tests of the engine ask for.
@Suite("Simulator: faults")
struct SimulatorFaultTests {
    @Test(
        "every operation can be made to fail with every error, and then does nothing",
        arguments: Step.Operation.allCases)
    func faults(operation: Step.Operation) throws {
        let address = SimulatedHost.address(0)
        let steps: [Step] = [
            .loadModule(of: .vfioPCI, for: nil), .setOverride("vfio-pci", of: address), .clearOverride(of: address),
            .unbind(address, from: SimulatedHost().e1000e), .bind(address, to: .vfioPCI), .probe(address),
            .registerID(SimulatedHost.intel, with: .vfioPCI, for: address),
            .removeID(SimulatedHost.intel, from: .vfioPCI, for: address),
        ]
        let step = try #require(steps.first { $0.operation == operation })
        #expect(!operation.possibleErrors.isEmpty)
        for error in operation.possibleErrors {
            var triggers: [SimulatorFault] = [.step(0), .operation(operation, nil)]
            if ![.loadModule, .registerID, .removeID].contains(operation) {
                triggers.append(.operation(operation, address))
            }
            for trigger in triggers {
                var simulator = SimulatedHost().simulator
                simulator.faults = [trigger: error]
                let before = simulator
                #expect(simulator.run(step) == error)
                #expect(simulator.isInSameState(as: before))
                #expect(simulator.stepCount == 1)
            }
        }
    }

    @Test("a fault hits only its step or its function")
    func narrowFaults() {
        var host = SimulatedHost()
        host.simulator.faults = [.step(1): .busy, .operation(.unbind, SimulatedHost.address(2)): .inputOutput]
        #expect((0..<4).map { host.unbind($0, host.e1000e) } == [nil, .busy, .inputOutput, nil])
        #expect(host.unbind(1, host.e1000e) == nil)
    }
}
