import Passthrough

/// Follows the elements of a document and collects the managed functions.
final class LibvirtReader {
    private(set) var object: LibvirtObject?
    /// Why a well-formed document cannot be understood.
    private(set) var damage: String?
    private var open: [(name: String, attributes: [String: String])] = []

    /// Deeper than libvirt ever writes.
    private static let depth = 64

    func start(_ name: String, _ attributes: [String: String]) {
        open.append((name, attributes))
        guard open.count < LibvirtReader.depth else { return damage = damage ?? "elements are nested too deep" }
        if object == nil, open.count <= 2, let kind = LibvirtKind(rawValue: name) {
            object = LibvirtObject(kind: kind, name: "")
        } else if name == "address" {
            addAddress(attributes)
        } else if name == "pf", let forward = forward, LibvirtReader.isManaged(forward), let device = attributes["dev"]
        {
            object?.pools.insert(device)
        }
    }

    func text(_ text: String) {
        guard open.last?.name == "name", open.count >= 2,
            LibvirtKind(rawValue: open[open.count - 2].name) != nil
        else { return }
        object?.name += text
    }

    func end() { _ = open.popLast() }

    /// The `<forward mode='hostdev'>` that directly contains the innermost element.
    private var forward: [String: String]? {
        guard open.count >= 2, open[open.count - 2].name == "forward" else { return nil }
        let attributes = open[open.count - 2].attributes
        return attributes["mode"] == "hostdev" ? attributes : nil
    }

    private static func isManaged(_ attributes: [String: String]) -> Bool { attributes["managed"] == "yes" }

    private func addAddress(_ attributes: [String: String]) {
        guard isWanted, attributes["type"].map({ $0 == "pci" }) ?? true else { return }
        func number(_ key: String) -> UInt32? {
            guard let text = attributes[key] else { return key == "domain" || key == "function" ? 0 : nil }
            return text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
        }
        guard let domain = number("domain"), let bus = number("bus"), let slot = number("slot"),
            let function = number("function"), bus < 256, slot < 32, function < 8,
            let address = PCIAddress(
                domain: domain, bus: UInt8(bus), device: UInt8(slot), function: UInt8(function))
        else {
            damage = damage ?? "an address of a managed function does not read"
            return
        }
        object?.managed.insert(address)
    }

    /// Whether the address that begins here is that of a managed function of the host: of a hostdev, of an interface of that kind, of an
    /// NVMe disk, or of a network's pool.
    private var isWanted: Bool {
        if let forward { return LibvirtReader.isManaged(forward) }
        guard open.count >= 3, open[open.count - 2].name == "source" else { return false }
        let owner = open[open.count - 3]
        switch owner.name {
        case "hostdev": return LibvirtReader.isManaged(owner.attributes) && owner.attributes["type"] == "pci"
        case "interface": return LibvirtReader.isManaged(owner.attributes) && owner.attributes["type"] == "hostdev"
        case "disk":
            return owner.attributes["type"] == "nvme" && LibvirtReader.isManaged(open[open.count - 2].attributes)
        // The state of an interface of such a network names its function.
        case "actual": return LibvirtReader.isManaged(owner.attributes)
        default: return false
        }
    }
}
