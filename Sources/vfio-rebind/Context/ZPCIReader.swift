import Advice
import HostFiles
import Passthrough

/// Reads the identities of a function on IBM Z: UID and FID (Documentation/arch/s390/pci.rst).
struct ZPCIReader {
    private let root: Root

    init(root: Root) { self.root = root }

    /// Nil on every other machine, where there is no `function_id`.
    func identity(of address: PCIAddress) -> MachineExport.ZPCI? {
        guard let fid = number("function_id", of: address) else { return nil }
        return MachineExport.ZPCI(uid: number("uid", of: address) ?? 0, fid: fid)
    }

    private func number(_ name: String, of address: PCIAddress) -> UInt32? {
        guard let text = root.attribute("\(SysfsPath.device(address))/\(name)") else { return nil }
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        return Hexadecimal.parse(digits.utf8, digits: 1...8).map { UInt32($0) }
    }
}
