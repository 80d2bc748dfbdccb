import Host
import HostFiles
import Passthrough
import Testing

/// What must hold after any work, however it went.
extension EngineHost {
    /// Whether every wanted function is on vfio-pci, known as such, and all else as it was.
    func expectRebound(_ scenario: Scenario, _ hint: String, at location: SourceLocation = #_sourceLocation) {
        for address in scenario.wanted {
            #expect(kernel.simulator.driver(of: address) == .vfioPCI, "\(hint)", sourceLocation: location)
            #expect(state.record(of: address)?.phase == .rebound, "\(hint)", sourceLocation: location)
        }
        expectOthers(hint, at: location)
    }

    /// Whether every function is as it was before, without a trace in the journal or in the tables of ids.
    func expectNative(
        _ scenario: Scenario, _ hint: String, ids: Bool = true, at location: SourceLocation = #_sourceLocation
    ) {
        for address in scenario.wanted {
            expectNative(address, hint, at: location)
            #expect(state.record(of: address) == nil, "\(hint)", sourceLocation: location)
        }
        if ids {
            #expect(dynamicIDs == original.drivers[.vfioPCI]?.dynamicIDs, "\(hint)", sourceLocation: location)
            #expect(state.registrations().isEmpty, "\(hint)", sourceLocation: location)
        }
        expectOthers(hint, at: location)
    }

    /// Whether driver and override of a function are those of before.
    func expectNative(_ address: PCIAddress, _ hint: String, at location: SourceLocation = #_sourceLocation) {
        let before = original.function(at: address)
        let now = kernel.simulator.function(at: address)
        #expect(now?.driver == before?.driver, "\(hint)", sourceLocation: location)
        #expect(now?.driverOverride == before?.driverOverride, "\(hint)", sourceLocation: location)
    }

    func expectOthers(_ hint: String, at location: SourceLocation = #_sourceLocation) {
        let other = Scenario.other
        #expect(kernel.simulator.function(at: other.address) == other, "\(hint)", sourceLocation: location)
    }

    var dynamicIDs: [SimulatedID]? { kernel.simulator.drivers[.vfioPCI]?.dynamicIDs }

    /// Runs what a message says mends the function, as a shell would.
    func mend(_ message: String) {
        guard let mark = message.firstRange(of: "to repair it, run: ") else { return }
        for command in message[mark.upperBound...].split(separator: " && ") {
            let parts = command.split(separator: ">", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("echo ") else { continue }
            let text = parts[0].dropFirst(5).filter { $0 != "'" && $0 != " " }
            _ = kernel.simulator.write(String(parts[1].dropFirst()), Array("\(text)\n".utf8))
        }
    }
}
