import Host
import HostFiles
import Passthrough
import Udev

/// Facts of functions that are shown, but not needed for planning.
struct HostDetails {
    /// With their overrides.
    let functions: [PCIFunction]
    var nodes: [PCIAddress: VFIONodes] = [:]
    /// Empty below another root: libudev cannot read a hardware database there.
    var names: [PCIID: CardNames] = [:]
    var stuck: Set<PCIAddress>
    var contested: Set<PCIAddress>
}

extension HostDetails {
    /// Reads them from a host.
    init(_ functions: [PCIFunction], _ root: Root) {
        let values = OverrideReader(root).overrides(of: functions.map(\.address))
        let state = StateFolder(root: root)
        let nodeReader = VFIONodeReader(root: root)
        var known = functions
        for index in known.indices { known[index].driverOverride = values[known[index].address] ?? nil }
        self.init(functions: known, stuck: Set(state.stuck().keys), contested: state.contested())
        for function in functions {
            nodes[function.address] = nodeReader.nodes(of: function.address, group: function.iommuGroup)
        }
        names = HostDetails.names(of: functions, root)
    }

    /// What the hardware database of a host calls its cards.
    static func names(of functions: [PCIFunction], _ root: Root) -> [PCIID: CardNames] {
        guard root.isHost else { return [:] }
        var database = HardwareNames()
        var names: [PCIID: CardNames] = [:]
        for id in Set(functions.map(\.id)) {
            let found = database.names(of: id)
            names[id] = CardNames(vendor: found.vendor, device: found.device)
        }
        return names
    }
}
