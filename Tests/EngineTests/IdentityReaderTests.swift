import HostFiles
import Passthrough
import Testing

@testable import Host

@Suite("Reading identities")
struct IdentityReaderTests {
    private let host: MadeUpHost
    private let address = Scenario.address(1)
    private var folder: String { MadeUpHost.folder(address) }

    init() throws {
        host = try MadeUpHost()
        try host.add(address)
    }

    private func identity(_ facts: FunctionFacts) -> FunctionIdentity? {
        HostReader(root: host.root, wanted: facts).function(at: address)?.identity
    }

    /// A configuration space with these extended capabilities: offset, id, next, and eight bytes.
    private func space(_ capabilities: [(offset: Int, id: Int, next: Int, bytes: [UInt8])], size: Int = 4096) -> [UInt8]
    {
        var space = [UInt8](repeating: 0, count: size)
        for capability in capabilities {
            let header = UInt32(capability.id) | 1 << 16 | UInt32(capability.next) << 20
            for index in 0..<4 { space[capability.offset + index] = UInt8(header >> UInt32(8 * index) & 0xff) }
            for (index, byte) in capability.bytes.enumerated() { space[capability.offset + 4 + index] = byte }
        }
        return space
    }

    private static let number: [UInt8] = [0x01, 0, 0, 0xff, 0xff, 0xc9, 0, 0]

    @Test("nothing is read that nobody asked for")
    func unasked() throws {
        try host.tree.file("\(folder)/removable", "fixed\n")
        #expect(identity([]) == FunctionIdentity())
        #expect(identity(.zPCI) == FunctionIdentity())
    }

    @Test("a slot is known by its address, one of a whole bus too")
    func slots() throws {
        #expect(identity(.slot)?.slot == nil)
        try host.tree.file("/sys/bus/pci/slots/9/address", "\(address.slot.dropLast(3))\n")
        #expect(identity(.slot)?.slot == "9")
        try host.tree.file("/sys/bus/pci/slots/5-1/address", "\(address.slot)\n")
        #expect(identity(.slot)?.slot == "5-1")
        #expect(try HostReader(root: host.root, wanted: .slot).functions().first?.identity.slot == "5-1")
    }

    @Test("a serial number from the attribute, from the capability, or not at all")
    func serialNumber() throws {
        #expect(identity(.serialNumber)?.isSerialNumberUnknown == true, "64 bytes are what a user sees")
        let wanted = SerialNumber("00-00-c9-ff-ff-00-00-01")
        let chain = space([(0x100, 1, 0x148, []), (0x148, 3, 0, IdentityReaderTests.number)])
        try host.tree.file("\(folder)/config", bytes: chain)
        #expect(identity(.serialNumber)?.serialNumber == wanted)
        try host.tree.file("\(folder)/config", bytes: space([(0x100, 1, 0, [])]))
        let none = identity(.serialNumber)
        #expect(none?.serialNumber == nil && none?.isSerialNumberUnknown == false)
        try host.tree.file("\(folder)/serial_number", "00-00-c9-ff-ff-00-00-01\n")
        #expect(identity(.serialNumber)?.serialNumber == wanted)
    }

    @Test("a list of capabilities that is cut, runs in a circle or is gone ends")
    func damagedSpace() {
        for capabilities in [[(0x100, 1, 0x100, [UInt8]())], [(0x100, 1, 0xffc, [])], [(0x100, 1, 0x40, [])]] {
            #expect(IdentityReader.serialNumber(in: space(capabilities)) == nil)
        }
        #expect(IdentityReader.serialNumber(in: space([(0x100, 3, 0, [])], size: 0x108)) == nil)
        #expect(IdentityReader.serialNumber(in: [UInt8](repeating: 0xff, count: 4096)) == nil)
        #expect(IdentityReader.serialNumber(in: space([], size: 256)) == nil)
    }

    @Test("removable and the numbers of zPCI")
    func attributes() throws {
        try host.tree.file("\(folder)/removable", "removable\n")
        try host.tree.file("\(folder)/function_id", "0x00000100\n")
        try host.tree.file("\(folder)/uid", "0x1\n")
        try host.tree.file("\(folder)/pchid", "0x01c0\n")
        let identity = identity([.removability, .zPCI])
        #expect(identity?.removability == .removable && identity?.fid == ZPCINumber(0x100))
        #expect(identity?.uid == ZPCINumber(1) && identity?.pchid == ZPCINumber(0x1c0))
        try host.tree.file("\(folder)/removable", "perhaps\n")
        #expect(self.identity(.removability)?.removability == nil)
    }
}
