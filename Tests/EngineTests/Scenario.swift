import Passthrough

/// Hosts and policies that between them need every kind of plan.
enum Scenario: String, CaseIterable, Sendable, CustomStringConvertible {
    case newID = "new_id for the first card"
    case knownID = "a second card whose id is known already"
    case twoCards = "new_id for two cards"
    case driverless = "new_id for a card without a driver"
    case override = "driver_override"
    case driverlessOverride = "driver_override for a card without a driver"
    case staleOverride = "driver_override over another tool's"
    case clearedOverride = "new_id with another tool's override"
    case sameOverride = "an override that names the target already"
    case loadable = "a module that is to be loaded"
    case group = "a group of two taken whole"
    case newIDGroup = "a group of two by new_id"

    var description: String { rawValue }

    static let card = PCIID(vendor: 0x15b3, device: 0x1003)
    static let graphics = PCIID(vendor: 0x10de, device: 0x2204)
    static let sound = PCIID(vendor: 0x10de, device: 0x1aef)

    static func name(_ text: String) -> DriverName {
        guard let name = DriverName(text) else { preconditionFailure("no driver \(text)") }
        return name
    }

    static let mlx4 = name("mlx4_core")
    static let nouveau = name("nouveau")
    static let snd = name("snd_hda_intel")

    static func address(_ device: UInt8, _ function: UInt8 = 0) -> PCIAddress {
        guard let address = PCIAddress(domain: 0, bus: 1, device: device, function: function) else {
            preconditionFailure("no device \(device)")
        }
        return address
    }

    private var cards: [PCIFunction] {
        func card(_ device: UInt8, driver: DriverName? = Scenario.mlx4, override: String? = nil) -> PCIFunction {
            PCIFunction(
                address: Scenario.address(device), id: Scenario.card, classCode: ClassCode(0x020000), driver: driver,
                driverOverride: override, iommuGroup: UInt32(device), headerType: 0)
        }
        switch self {
        case .newID, .knownID, .override, .loadable: return [card(1)]
        case .twoCards: return [card(1), card(2)]
        case .driverless, .driverlessOverride: return [card(1, driver: nil)]
        case .staleOverride, .clearedOverride: return [card(1, override: "pci-stub")]
        case .sameOverride: return [card(1, override: "vfio-pci")]
        case .group, .newIDGroup:
            return [
                PCIFunction(
                    address: Scenario.address(1), id: Scenario.graphics, classCode: ClassCode(0x030000),
                    driver: Scenario.nouveau, iommuGroup: 1, headerType: 0x80),
                PCIFunction(
                    address: Scenario.address(1, 1), id: Scenario.sound, classCode: ClassCode(0x040300),
                    driver: Scenario.snd, iommuGroup: 1, headerType: 0x80),
            ]
        }
    }

    private var policies: [Policy] {
        switch self {
        case .newID, .knownID, .twoCards, .driverless, .clearedOverride, .loadable:
            [Policy(name: "cards", match: Match(ids: [IDPattern(Scenario.card)]))]
        case .override, .staleOverride, .driverlessOverride, .sameOverride:
            [Policy(name: "one", match: Match(addresses: [.exact(Scenario.address(1))]))]
        case .group:
            [Policy(name: "gpu", match: Match(ids: [IDPattern(Scenario.graphics)]), group: .whole)]
        case .newIDGroup:
            [
                Policy(
                    name: "gpu", match: Match(ids: [IDPattern(Scenario.graphics), IDPattern(Scenario.sound)]))
            ]
        }
    }

    /// A bystander of every scenario: a card that no policy names.
    static let other = PCIFunction(
        address: Scenario.address(9), id: PCIID(vendor: 0x8086, device: 0x10d3), classCode: ClassCode(0x020000),
        driver: name("e1000e"), iommuGroup: 9, headerType: 0)

    func host() throws -> EngineHost {
        let drivers = [
            SimulatedDriver(Scenario.mlx4, ids: [Scenario.card]),
            SimulatedDriver(Scenario.nouveau, ids: [Scenario.graphics]),
            SimulatedDriver(Scenario.snd, ids: [Scenario.sound]),
            SimulatedDriver.vfioPCI(isRegistered: self != .loadable), SimulatedDriver(.pciStub),
        ]
        let ids: [DriverName: [PCIID]] = self == .knownID ? [.vfioPCI: [Scenario.card]] : [:]
        return try EngineHost(
            Simulator(functions: cards + [Scenario.other], drivers: drivers, dynamicIDs: ids), policies)
    }

    /// The functions that the policies take.
    var wanted: [PCIAddress] { cards.map(\.address) }
}
