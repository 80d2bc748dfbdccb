import Host
import HostFiles
import Passthrough

struct AliasReader: FuzzReader {
    private let folder: FuzzFolder

    private static let names = ["modules.alias", "modules.builtin.modinfo"].map { "/lib/modules/6.12.0/\($0)" }

    init() throws {
        folder = try FuzzFolder()
        for name in AliasReader.names { try folder.file(name, "") }
        try folder.file("/proc/sys/kernel/osrelease", "6.12.0\n")
    }

    func complaint(_ bytes: [UInt8]) -> String? {
        for name in AliasReader.names { folder.fill(name, bytes) }
        let table = ModuleDatabase(root: folder.root).variants()
        if let failure = table.failure { return failure }
        let id = PCIID(vendor: 0x15b3, device: 0x101e)
        let function = PCIFunction(address: FuzzInput.address, id: id, classCode: ClassCode(0x020000))
        let best = table.best(for: function)
        return best != nil && best != .vfioPCI && !table.hasVariant(for: id) ? "a variant that there is none of" : nil
    }
}
