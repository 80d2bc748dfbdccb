import HostFiles
import Passthrough
import PolicyFiles

/// An index of policies that are not there.
struct IndexFileReader: FuzzReader {
    private let folder: FuzzFolder

    init() throws {
        folder = try FuzzFolder()
        try folder.file(PolicyIndex.path, "")
    }

    func complaint(_ bytes: [UInt8]) -> String? {
        folder.fill(PolicyIndex.path, bytes)
        guard let index = PolicyIndex(root: folder.root) else { return nil }
        let function = PCIFunction(
            address: FuzzInput.address, id: PCIID(vendor: 0x8086, device: 0x10d3), classCode: ClassCode(0x020000))
        _ = index.mayConcern(Uevent(coldplug: FuzzInput.address), root: folder.root) { _ in function }
        return nil
    }
}
