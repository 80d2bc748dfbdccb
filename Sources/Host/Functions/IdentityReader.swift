import HostFiles
import Passthrough

/// Reads what only some policies ask of a function: slot, serial number, removability, zPCI numbers.
struct IdentityReader: Sendable {
    private let wanted: FunctionFacts
    /// The names of slots by their `address`.
    private let slots: [String: String]

    init(root: Root, wanted: FunctionFacts) {
        self.wanted = wanted
        slots = wanted.contains(.slot) ? IdentityReader.slots(root) : [:]
    }

    func identity(_ folder: borrowing Folder, _ address: PCIAddress) -> FunctionIdentity {
        var identity = FunctionIdentity()
        if wanted.contains(.slot) {
            let card = address.slot
            identity.slot = slots[address.description] ?? slots[card] ?? slots[String(card.dropLast(3))]
        }
        if wanted.contains(.serialNumber) {
            switch serialNumber(folder) {
            case .known(let number): identity.serialNumber = number
            case .unknown: identity.isSerialNumberUnknown = true
            }
        }
        if wanted.contains(.removability) {
            identity.removability = folder.attribute("removable").flatMap { Removability(rawValue: $0) }
        }
        if wanted.contains(.zPCI) {
            identity.fid = folder.attribute("function_id").flatMap { ZPCINumber($0) }
            identity.uid = folder.attribute("uid").flatMap { ZPCINumber($0) }
            identity.pchid = folder.attribute("pchid").flatMap { ZPCINumber($0) }
        }
        if wanted.contains(.virtualFunctions) { identity.virtualFunctions = virtualFunctions(folder) }
        return identity
    }

    private func virtualFunctions(_ folder: borrowing Folder) -> VirtualFunctionPool? {
        guard let text = folder.attribute("sriov_vf_device"),
            let device = Hexadecimal.parse(text.utf8, digits: 1...4)
        else { return nil }
        return VirtualFunctionPool(
            device: UInt16(device), probesDrivers: folder.attribute("sriov_drivers_autoprobe") != "0")
    }

    /// `address` is `dddd:bb:dd`, or `dddd:bb` for the slot of a whole bus (drivers/pci/slot.c, `address_read_file`).
    private static func slots(_ root: Root) -> [String: String] {
        let folder = "/sys/bus/pci/slots"
        var slots: [String: String] = [:]
        for name in (try? root.names(in: folder)) ?? [] {
            guard let address = root.attribute("\(folder)/\(name)/address"), slots[address] == nil else { continue }
            slots[address] = name
        }
        return slots
    }

    private enum Serial {
        case known(SerialNumber?)
        case unknown
    }

    /// The attribute of Linux 6.18, else the capability in the configuration space, of which others than root see 64 bytes.
    private func serialNumber(_ folder: borrowing Folder) -> Serial {
        if let number = folder.attribute("serial_number").flatMap({ SerialNumber($0) }) { return .known(number) }
        guard let space = folder.prefix("config", 4096), space.count >= 256 else { return .unknown }
        return .known(IdentityReader.serialNumber(in: space))
    }

    /// Walks the list of extended capabilities, which begins at 0x100: id in bits 0 to 15 of each header, the next one's offset in
    /// bits 20 to 31; the number stands behind its header, the lower half first (PCI Express Base Specification 7.8.3).
    static func serialNumber(in space: [UInt8]) -> SerialNumber? {
        func word(_ offset: Int) -> UInt32? {
            guard offset + 4 <= space.count else { return nil }
            return (0..<4).reduce(0) { $0 | UInt32(space[offset + $1]) << UInt32(8 * $1) }
        }
        var offset = 0x100
        // Each capability takes 8 bytes at least: a list that is longer runs in a circle.
        for _ in 0..<480 {
            guard offset >= 0x100, let header = word(offset), header != 0, header != .max else { return nil }
            if header & 0xffff == 3 {
                guard let low = word(offset + 4), let high = word(offset + 8) else { return nil }
                return SerialNumber(UInt64(high) << 32 | UInt64(low))
            }
            offset = Int(header >> 20) & 0xffc
        }
        return nil
    }
}
