import Engine
import Host
import HostFiles
import Passthrough
import Testing

/// Functions that are unplugged at every point of the work.
@Suite("Executor: vanishing")
struct ExecutorVanishingTests {
    enum Moment: String, CaseIterable, Sendable { case before, after, replugged }

    private func arm(_ host: EngineHost, _ number: Int, _ moment: Moment, _ address: PCIAddress) {
        let start = host.kernel.steps.count
        host.kernel.before = { kernel, _ in
            if moment == .before, kernel.steps.count == start + number { kernel.unplug(address) }
        }
        host.kernel.after = { kernel, _ in
            guard moment != .before, kernel.steps.count == start + number + 1 else { return }
            kernel.unplug(address, andPlug: moment == .replugged)
        }
    }

    @Test("unplugged around any step", arguments: Scenario.allCases, Moment.allCases)
    func anywhere(_ scenario: Scenario, _ moment: Moment) throws {
        let good = try scenario.host()
        good.apply()
        for number in 0..<good.kernel.steps.count {
            for address in scenario.wanted {
                let host = try scenario.host()
                arm(host, number, moment, address)
                Tally.add("unplugs and replugs around a step of a rebind")
                let outcomes = host.apply()
                let own = outcomes.first { $0.address == address }
                let hint = "\(moment) step \(number) \(address): \(own?.error ?? "")"
                // One that went after its own work was over is none of this run's business.
                if own?.outcome == .rebound {
                    #expect(scenario == .twoCards, "\(hint)")
                    continue
                }
                #expect(own?.outcome == .vanished, "\(hint)")
                #expect(host.state.record(of: address) == nil, "\(hint)")
                #expect(host.kernel.simulator.function(at: address)?.driverOverride == nil, "\(hint)")
                for other in outcomes where other.address != address {
                    #expect(other.outcome == .rebound, "\(hint): \(other.error ?? "")")
                }
            }
        }
    }

    @Test("unplugged before the work began")
    func early() throws {
        let host = try Scenario.group.host()
        let plans = host.plan().functions.filter { $0.decision == .rebind }
        host.kernel.unplug(Scenario.address(1, 1))
        #expect(host.executor.rebind(plans).map(\.outcome) == [.rebound, .vanished])
        #expect(host.state.record(of: Scenario.address(1, 1)) == nil)
        #expect(!host.kernel.steps.contains { $0.address == Scenario.address(1, 1) })
    }

    @Test("unplugged around any step of a release", arguments: Scenario.allCases, Moment.allCases)
    func releasing(_ scenario: Scenario, _ moment: Moment) throws {
        let good = try scenario.host()
        good.apply()
        let first = good.kernel.steps.count
        good.release()
        for number in 0..<(good.kernel.steps.count - first) {
            let host = try scenario.host()
            host.apply()
            let address = good.kernel.steps[first + number].address ?? Scenario.address(1)
            arm(host, number, moment, address)
            Tally.add("unplugs and replugs around a step of a release")
            let outcome = host.release().first { $0.address == address }
            #expect(outcome?.outcome == .vanished, "\(moment) step \(number): \(outcome?.error ?? "")")
            #expect(host.state.record(of: address) == nil)
        }
    }
}
