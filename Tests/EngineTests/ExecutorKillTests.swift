import HostFiles
import Passthrough
import Testing

@testable import Host

/// A kill leaves what there is at some instant of the work; every such instant is tried.
@Suite("Executor: kills")
struct ExecutorKillTests {
    private func expectRecovery(
        _ host: EngineHost, _ instants: [EngineHost.Instant], _ scenario: Scenario, _ hint: String, depth: Int = 0,
        isUnsure: Bool = false
    ) throws {
        for (number, instant) in instants.enumerated() {
            let hint = "\(hint), instant \(number) of \(instants.count)"
            Tally.add("kills between two writes, each gone on from and undone")
            try host.restore(instant)
            host.apply()
            host.expectRebound(scenario, "\(hint), applied again")
            try host.restore(instant)
            host.apply(wanted: false)
            // A rebound function that no policy names stays until it is released.
            host.release()
            // Whether a registration that was begun ended as EEXIST cannot be told afterwards.
            let isUnsure =
                isUnsure || scenario == .knownID && instant.files.values.contains { $0.starts(with: "begun".utf8) }
            host.expectNative(scenario, "\(hint), not wanted", ids: !isUnsure)
            if depth > 0 {
                for isWanted in [true, false] {
                    try host.restore(instant)
                    let deeper = host.instants { $0.apply(wanted: isWanted) }
                    try expectRecovery(
                        host, deeper, scenario, "\(hint), wanted \(isWanted)", depth: depth - 1,
                        isUnsure: isUnsure)
                }
            }
        }
    }

    @Test("killed at any instant of a rebind", arguments: Scenario.allCases)
    func rebinding(_ scenario: Scenario) throws {
        let host = try scenario.host()
        let instants = host.instants { $0.apply() }
        #expect(instants.count > 4)
        let isDeep = [.newID, .driverless, .staleOverride, .group].contains(scenario)
        try expectRecovery(host, instants, scenario, "rebind", depth: isDeep ? 1 : 0)
    }

    @Test("killed at any instant of an undo", arguments: Scenario.allCases)
    func undoing(_ scenario: Scenario) throws {
        for fault in [Step.Operation.bind, .registerID, .unbind, .setOverride] {
            let host = try scenario.host()
            host.kernel.before = { kernel, step in
                if step.operation == fault, step.path?.contains("vfio-pci") ?? true || fault != .bind {
                    kernel.simulator.faults = [.step(kernel.simulator.stepCount): .inputOutput]
                }
            }
            let instants = host.instants { $0.apply() }
            host.kernel.before = { _, _ in }
            try expectRecovery(host, instants, scenario, "undo of \(fault)")
        }
    }

    @Test("killed at any instant of a release", arguments: Scenario.allCases)
    func releasing(_ scenario: Scenario) throws {
        let host = try scenario.host()
        host.apply()
        let instants = host.instants { $0.release() }
        #expect(instants.count > 3)
        try expectRecovery(host, instants, scenario, "release")
        for instant in instants {
            try host.restore(instant)
            host.holds = Set(scenario.wanted)
            host.apply()
            host.holds = []
            host.release()
            host.expectNative(scenario, "held")
        }
    }

    @Test("a file that was cut while it was replaced is nobody's")
    func strayFiles() throws {
        let host = try Scenario.newID.host()
        for folder in [StatePath.journal, StatePath.registeredIDs, StatePath.holds] {
            try host.tree.file("\(folder)/.0000:01:01.0.77", "vfio-rebind jou")
            try host.tree.file("\(folder)/.vfio-pci@15b3:1003.77", "begun")
        }
        host.apply()
        host.expectRebound(.newID, "stray files")
        host.release()
        host.expectNative(.newID, "stray files")
    }
}
