package import Passthrough

/// What a script leads to in the Simulator.
package struct ScriptRun: Sendable {
    package let seed: UInt64?
    package let script: [ScriptOperation]
    package private(set) var results: [KernelError?] = []
    /// The drivers of all functions, in the host's order, after each line.
    package private(set) var states: [[FunctionState]] = []
    package let initial: [FunctionState]
    package let addresses: [PCIAddress]
    package let simulator: Simulator
    private let first: Simulator

    /// What can be seen of a function.
    package enum FunctionState: Hashable, Sendable {
        case absent, unbound
        case bound(DriverName)
    }

    package init(host: ScriptHost, script: [ScriptOperation], seed: UInt64? = nil) {
        self.seed = seed
        self.script = script
        addresses = host.functions.map(\.address)
        first = host.simulator
        var simulator = first
        initial = ScriptRun.states(simulator, addresses)
        for operation in script {
            results.append(simulator.run(operation))
            states.append(ScriptRun.states(simulator, addresses))
        }
        self.simulator = simulator
    }

    /// Lines that lead back to the first state: every id removed; every function that is another than at first, or whose
    /// override was written, unplugged and plugged again, which loses overrides. Each of them succeeds.
    package var cleanup: [ScriptOperation] {
        var lines: [ScriptOperation] = []
        for driver in simulator.drivers.values.sorted(by: { $0.name.text < $1.name.text }) {
            lines += driver.dynamicIDs.map { .write(SysfsPath.removeID(driver.name), $0.removalText) }
        }
        let disturbed = disturbed
        lines += disturbed.filter { simulator.function(at: $0) != nil }.map { .unplug($0) }
        lines += disturbed.filter { first.function(at: $0) != nil }.map { .plug($0) }
        return lines
    }

    /// The functions to plug again, in the host's order; those of a PF with it.
    private var disturbed: [PCIAddress] {
        let overridden = script.map { operation in
            if case .write(let path, _) = operation { path } else { "" }
        }
        let changed = Set(
            addresses.filter { address in
                simulator.functions[address] != first.functions[address]
                    || overridden.contains(SysfsPath.driverOverride(address))
            })
        return addresses.filter { address in
            changed.contains(address)
                || first.functions[address]?.facts.physicalFunction.map(changed.contains) ?? false
        }
    }

    private static func states(_ simulator: Simulator, _ addresses: [PCIAddress]) -> [FunctionState] {
        addresses.map { address in
            guard let function = simulator.function(at: address) else { return .absent }
            return function.driver.map { .bound($0) } ?? .unbound
        }
    }
}

extension ScriptRun {
    /// The run as one line of JSON: `absent`, `cleanup`, `drivers` (null for none), `initial`, `overrides`, `results` (`ok` or
    /// the name of the error), `script`, `seed` and `states`, where a function that is absent has `-`.
    package var json: String {
        let present = addresses.filter { simulator.function(at: $0) != nil }
        let members: [(String, String)] = [
            ("absent", array(addresses.filter { !present.contains($0) }.map { quoted("\($0)") })),
            ("cleanup", array(cleanup.map { quoted($0.line) })),
            ("drivers", object(present) { simulator.driver(of: $0)?.text }),
            ("initial", array(initial.map(stateText))),
            ("overrides", object(present) { simulator.function(at: $0)?.driverOverride }),
            ("results", array(results.map { quoted($0?.rawValue ?? "ok") })),
            ("script", array(script.map { quoted($0.line) })),
            ("seed", seed.map { String($0) } ?? "null"),
            ("states", array(states.map { array($0.map(stateText)) })),
        ]
        return "{" + members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    private func stateText(_ state: FunctionState) -> String {
        switch state {
        case .absent: quoted("-")
        case .unbound: "null"
        case .bound(let driver): quoted(driver.text)
        }
    }

    private func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

    private func object(_ keys: [PCIAddress], _ value: (PCIAddress) -> String?) -> String {
        "{" + keys.map { "\(quoted("\($0)")):\(value($0).map(quoted) ?? "null")" }.joined(separator: ",") + "}"
    }

    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                quoted += "\\u" + Hexadecimal.text(UInt64(scalar.value), digits: 4)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
