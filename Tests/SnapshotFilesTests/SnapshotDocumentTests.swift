import Passthrough
import Testing

@testable import SnapshotFiles

@Suite("A snapshot")
struct SnapshotDocumentTests {
    static func capture() throws -> HostCapture {
        let address = try #require(PCIAddress("0001:00:00.0"))
        let parent = try #require(PCIAddress("10000:00:00.0"))
        let id = try #require(PCIID("15b3:1003"))
        var function = PCIFunction(address: address, id: id, classCode: ClassCode(0x020000), revision: 0xab)
        function.subsystem = PCIID("15b3:0055")
        function.driver = DriverName("mlx4_core")
        function.driverOverride = "a \"b\"\\\n\u{1}é"
        function.iommuGroup = 7
        function.isNoIOMMUGroup = true
        function.numaNode = 1
        function.physicalFunction = parent
        function.virtualFunctionCount = 3
        function.headerType = 0x80
        function.path = [parent, address]
        function.identity.slot = "7-1"
        function.identity.wantsOverride = true
        function.identity.serialNumber = SerialNumber("00-1b-21-ff-ff-aa-bb-cc")
        function.identity.removability = .removable
        function.identity.fid = ZPCINumber("0x100")
        function.identity.uid = ZPCINumber("1")
        function.identity.pchid = ZPCINumber("1c8")
        var snapshot = HostSnapshot(
            functions: [function, PCIFunction(address: parent, id: id)],
            uses: [address: [.network: UseFinding(.busy, [.recorded("eth0 is up with the address 192.0.2.7/24")])]],
            holds: [address], registeredIDs: [.vfioPCI: [id]], isComplete: false, allowsNoIOMMU: true)
        snapshot.ignoresDenyList = true
        snapshot.begunIDs = [.vfioPCI: [PCIID(vendor: 0x8086, device: 0x10d3)]]
        snapshot.records[address] = FunctionRecord(
            address: address, instance: .max, id: id, nativeDriver: nil, nativeOverride: "x", target: .vfioPCI,
            method: .newID, overrideWritten: true, policy: "p", phase: .rebound, time: 17, note: "done")
        var capture = HostCapture(snapshot: snapshot)
        capture.drivers = [.vfioPCI, .pciePort]
        capture.modules = ["vfio_pci": .loaded, "mlx4_core": .loadable, "pci_stub": .builtIn]
        capture.variantAliases = [ModuleAlias(pattern: "vfio_pci:v*", module: "mlx5_vfio_pci")]
        capture.kernelRelease = "6.12"
        var surroundings = Surroundings()
        surroundings.kernelWords = ["root=/dev/vda", "ip=192.0.2.7::192.0.2.1"]
        surroundings.nodeModes = ["/dev/vfio/7": 0o600]
        surroundings.modprobeLines = [
            ConfigurationLine(file: "/etc/modprobe.d/a.conf", number: 3, text: "options vfio-pci ids=1:2")
        ]
        surroundings.remapsInterrupts = true
        capture.surroundings = surroundings
        capture.nodes = [address: VFIONodes(group: "/dev/vfio/7", device: nil)]
        capture.names = [id: CardNames(vendor: "Mellanox", device: nil)]
        capture.stuck = [parent: "in remove"]
        capture.contested = [address]
        capture.history = [
            address: [
                HistoryEntry(time: 18, what: "release", result: "on hold"),
                HistoryEntry(time: 17, what: "rebind", result: "192.0.2.7"),
            ]
        ]
        return capture
    }

    @Test("what is written is read again, to the byte")
    func roundTrip() throws {
        let capture = try SnapshotDocumentTests.capture()
        let bytes = SnapshotText.bytes(capture)
        let again = try SnapshotDocument.capture(bytes)
        #expect(again.snapshot.functions == capture.snapshot.functions)
        #expect(again.snapshot.uses == capture.snapshot.uses)
        #expect(again.snapshot.records == capture.snapshot.records)
        #expect(again.snapshot.registeredIDs == capture.snapshot.registeredIDs)
        #expect(again.snapshot.begunIDs == capture.snapshot.begunIDs)
        #expect(again.presence(of: .pciePort) == .registered)
        #expect(DriverName("mlx4_core").flatMap { again.presence(of: $0) } == .loadable)
        #expect(DriverName("nothing").flatMap { again.presence(of: $0) } == .missing)
        #expect(again.surroundings == capture.surroundings && again.history == capture.history)
        #expect(SnapshotText.bytes(again) == bytes)
    }

    @Test("every field of a function is named once and sorted")
    func fields() {
        let names = FunctionField.all.map(\.name)
        #expect(names == Set(names).sorted())
    }

    @Test(
        "without --full there are no addresses of networks",
        arguments: [
            ("eth0 is up with the address 192.0.2.7/24", "eth0 is up with the address (redacted)/24"),
            ("eth0 is up with the address 2001:db8::1", "eth0 is up with the address (redacted)"),
            ("02:00:00:aa:bb:cc is its MAC", "(redacted) is its MAC"), ("ip=192.0.2.7::192.0.2.1:255", "ip=(redacted)"),
            ("serial 00-1b-21-ff-ff-aa-bb-cc", "serial (redacted)"),
            ("ifname=eth0:52:54:00:12:34:56", "ifname=(redacted)"), ("mac=525400123456", "mac=(redacted)"),
            ("enx525400123456 is up", "enx(redacted) is up"),
            ("\"serialNumber\":\"ABC123\",", "\"serialNumber\":\"(redacted)\","),
            ("ENV{ID_SERIAL_SHORT}==\"WD-12345\", X", "ENV{ID_SERIAL_SHORT}==\"(redacted)\", X"),
            ("rd.iscsi.password=hunter2 quiet", "rd.iscsi.password=(redacted) quiet"),
            ("systemd.machine_id=0123456789abcdef0123456789abcdef", "systemd.machine_id=(redacted)"),
            ("console=ttyS0,115200n8 8250.nr_uarts=4", "console=ttyS0,115200n8 8250.nr_uarts=4"),
            ("/dev/disk/by-id/nvme-Disk_S4EWNX0N1 is mounted", "/dev/disk/by-id/(redacted) is mounted"),
            ("0001:00:00.0 and 10000:e1:00.0, 15b3:1003", "0001:00:00.0 and 10000:e1:00.0, 15b3:1003"),
            ("nvme0n1p2 is mounted on /var, 0001:000:000:0", "nvme0n1p2 is mounted on /var, 0001:000:000:0"),
            ("alias vfio_pci:v000015B3d0000101Esv*", "alias vfio_pci:v000015B3d0000101Esv*"),
            ("Linux 6.12.0.1-a", "Linux 6.12.0.1-a"),
        ])
    func redaction(text: String, wanted: String) { #expect(Redaction.text(text) == wanted) }

    @Test("evidence and command line are redacted")
    func redactedCapture() throws {
        let text = String(decoding: SnapshotText.bytes(try SnapshotDocumentTests.capture().redacted), as: UTF8.self)
        #expect(!text.contains("192.0.2") && !text.contains("ff-ff-aa"))
        #expect(text.contains("\"serial_unknown\":true"))
        #expect(text.contains("\"redacted\": true"))
    }
}
