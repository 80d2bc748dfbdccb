package import Passthrough

/// Makes random scripts that are likely to get somewhere: most lines fit the state that the lines before lead to.
///
/// No id has a wildcard for its vendor, so that nothing but the host's functions is ever touched where it runs for real.
package struct ScriptGenerator {
    private var random: SplitMix64
    private var simulator: Simulator
    private let addresses: [PCIAddress]
    private let drivers: [DriverName]

    private init(host: ScriptHost, seed: UInt64) {
        random = SplitMix64(seed: seed)
        simulator = host.simulator
        addresses = host.functions.map(\.address)
        drivers = host.drivers.map(\.name)
    }

    /// The script of a seed.
    package static func script(host: ScriptHost, seed: UInt64, count: Int = 20) -> [ScriptOperation] {
        var generator = ScriptGenerator(host: host, seed: seed)
        var script: [ScriptOperation] = []
        while script.count < count, let operation = generator.operation() {
            _ = generator.simulator.run(operation)
            script.append(operation)
        }
        return script
    }

    private mutating func operation() -> ScriptOperation? {
        guard let address = random.element(of: addresses), let driver = random.element(of: drivers) else { return nil }
        let absent = addresses.filter { simulator.function(at: $0) == nil }
        if let back = random.element(of: absent), random.chance(1, of: 4) { return .plug(back) }
        switch random.next(below: 24) {
        case 0..<4:
            let current = random.chance(3, of: 4) ? simulator.driver(of: address) : nil
            return .write(SysfsPath.unbind(current ?? driver), addressText(address))
        case 4..<9: return binding(driver, address)
        case 9..<13: return .write(SysfsPath.newID(driver), idText(address))
        case 13..<15: return removal(driver, address)
        case 15..<18: return .write(SysfsPath.driverOverride(address), overrideText(driver))
        case 18..<20:
            return .write(path: SysfsPath.driverOverride(address), bytes: random.chance(1, of: 4) ? [0] : [10])
        case 20: return .write(path: SysfsPath.driverOverride(address), bytes: [])
        case 21..<23: return .write(SysfsPath.driversProbe, addressText(address))
        default: return absent.contains(address) ? .plug(address) : .unplug(address)
        }
    }

    /// A bind that has a chance: of a function without a driver, to one that its override or an id names.
    private mutating func binding(_ driver: DriverName, _ address: PCIAddress) -> ScriptOperation {
        guard random.chance(3, of: 4),
            let unbound = random.element(of: simulator.presentFunctions.filter { $0.driver == nil })
        else { return .write(SysfsPath.bind(driver), addressText(address)) }
        let wanted = drivers.filter { name in
            unbound.driverOverride.map { $0 == name.text }
                ?? simulator.drivers[name].map { driver in
                    ((driver.staticIDs ?? []) + driver.dynamicIDs).contains { $0.vendor == UInt32(unbound.id.vendor) }
                } ?? false
        }
        return .write(SysfsPath.bind(random.element(of: wanted) ?? driver), addressText(unbound.address))
    }

    private mutating func addressText(_ address: PCIAddress) -> String {
        switch random.next(below: 16) {
        case 0: "\(address)"
        case 1: "\(address)\n\n"
        case 2: String("\(address)\n".dropFirst(5))
        case 3: " \(address)\n"
        default: "\(address)\n"
        }
    }

    private mutating func overrideText(_ driver: DriverName) -> String {
        switch random.next(below: 12) {
        case 0: "\(driver)"
        case 1: " \(driver)\n"
        case 2: "none\n"
        case 3: "\(driver)\nrest\n"
        case 4: "\(driver)\0rest\n"
        default: "\(driver)\n"
        }
    }

    private mutating func idText(_ address: PCIAddress) -> String {
        guard let function = simulator.functions[address]?.facts else { return "\n" }
        let id = function.id.newIDText
        return switch random.next(below: 24) {
        case 0: id
        case 1: "\(id) trailing\n"
        case 2: "\(function.id)\n"
        case 3: "0x\(Hexadecimal.text(UInt64(function.id.vendor), digits: 4))\n"
        case 4..<7: wideIDText(function)
        case 7..<16: narrowIDText(function)
        default: "\(id)\n"
        }
    }

    /// Numbers beyond 16 or 32 bits, and a wildcard for the device.
    private mutating func wideIDText(_ function: PCIFunction) -> String {
        let id = function.id.newIDText
        return switch random.next(below: 6) {
        case 0, 1: "1\(id)\n"
        case 2: "10000\(id)\n"
        case 3: "\(id) 1ffff ffffffff\n"
        case 4: "\(id) ffff ffff\n"
        default: "\(Hexadecimal.text(UInt64(function.id.vendor), digits: 4)) ffffffff\n"
        }
    }

    /// More fields than two: subsystem, class with mask, `driver_data`.
    private mutating func narrowIDText(_ function: PCIFunction) -> String {
        let id = function.id.newIDText
        let subsystem = (function.subsystem ?? function.id).newIDText
        let code = Hexadecimal.text(UInt64(function.classCode.value), digits: 6)
        return switch random.next(below: 9) {
        case 0, 1: "\(id) \(subsystem)\n"
        case 2: "\(id) ffffffff ffffffff \(code) ffff00\n"
        case 3: "\(id) ffffffff ffffffff 010000 ff0000\n"
        case 4, 5: "\(id) ffffffff ffffffff 0 0 0\n"
        case 6: "\(id) ffffffff ffffffff 0 0 1\n"
        case 7: "\(id) 0x 0x \(code)\n"
        default: "\(id)\n\(subsystem)\n"
        }
    }

    private mutating func removal(_ driver: DriverName, _ address: PCIAddress) -> ScriptOperation {
        let known = drivers.filter { simulator.drivers[$0]?.dynamicIDs.isEmpty == false }
        guard random.chance(3, of: 4), let owner = random.element(of: known),
            let entry = random.element(of: simulator.drivers[owner]?.dynamicIDs ?? [])
        else { return .write(SysfsPath.removeID(driver), idText(address)) }
        return .write(SysfsPath.removeID(owner), entry.removalText)
    }
}

extension SimulatedID {
    /// What `remove_id` takes to forget the first entry of this vendor and device.
    package var removalText: String {
        "\(Hexadecimal.text(UInt64(vendor), digits: 4)) \(Hexadecimal.text(UInt64(device), digits: 4))\n"
    }
}
