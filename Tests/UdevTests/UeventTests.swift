import Passthrough
import Testing

/// Uevents from their properties: what is accepted, what is refused and why.
struct UeventTests {
    private static let path = "/devices/pci0000:00/0000:00:1c.0/0000:04:00.0"

    /// A sound event with some properties changed and one taken away.
    private static func event(
        _ changes: [String: String], without missing: String? = nil
    ) throws(Uevent.Rejection) -> Uevent {
        var properties = ["SUBSYSTEM": "pci", "ACTION": "add", "DEVPATH": path]
        for (key, value) in changes { properties[key] = value }
        if let missing { properties[missing] = nil }
        return try Uevent { properties[$0] }
    }

    private static func read(_ message: String) -> Uevent? {
        Array(message.utf8).withUnsafeBytes { Uevent(message: $0) }
    }

    @Test func `reads a message of the kernel, and knows the newcomer by it`() throws {
        let head = "bind@\(Self.path)\0"
        let properties = [
            "ACTION=bind", "DEVPATH=\(Self.path)", "SUBSYSTEM=pci", "DRIVER=mlx4_core", "PCI_CLASS=20000",
            "PCI_ID=15B3:1003",
            "PCI_SUBSYS_ID=15B3:0007", "PCI_SLOT_NAME=0000:04:00.0", "SEQNUM=7",
        ]
        let text = head + properties.map { "\($0)\0" }.joined()
        let event = try #require(Self.read(text))
        #expect(event.action == .bind && event.driver?.text == "mlx4_core" && event.origin == .hotplug)
        #expect(event.number == 7)
        let newcomer = try #require(PCIFunction(event))
        #expect(newcomer.address == event.address && newcomer.id == PCIID("15b3:1003"))
        #expect(newcomer.subsystem == PCIID("15b3:0007") && newcomer.classCode == ClassCode(0x020000))
        #expect(newcomer.driver == nil && newcomer.iommuGroup == nil, "what it is on is read")
        for end in 0..<text.utf8.count { _ = Self.read(String(decoding: text.utf8.prefix(end), as: UTF8.self)) }
        #expect(Self.read(head) == nil && Self.read("") == nil)
        #expect(Self.read("\(head)ACTION=bind\0nonsense\0") == nil)
        #expect(PCIFunction(Uevent(coldplug: event.address)) == nil && Uevent(coldplug: event.address).number == nil)
        #expect(try Self.event(["SEQNUM": "18446744073709551615"]).number == .max)
        for nonsense in ["-1", "", "7x", "18446744073709551616"] {
            #expect(try Self.event(["SEQNUM": nonsense]).number == nil)
        }
    }

    @Test(arguments: [
        ("add", Uevent.Action.add), ("bind", .bind), ("change", .change), ("unbind", .unbind), ("remove", .remove),
        ("move", .other), ("online", .other), ("offline", .other), ("ADD", .other), ("other", .other),
        ("\u{7f}", .other),
    ])
    func `reads actions`(text: String, action: Uevent.Action) throws {
        #expect(try Self.event(["ACTION": text]).action == action)
    }

    @Test(arguments: [
        ("/devices/pci0000:00/0000:00:1c.0", "0000:00:1c.0"),
        ("/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0", "10000:e1:00.0"),  // VMD
        ("/devices/pci0001:00/0001:00:00.0", "0001:00:00.0"),  // zPCI
        ("/devices/platform/soc/40000000.pcie/pci0000:00/0000:00:01.7", "0000:00:01.7"),
        ("/sys/bus/pci/devices/0000:04:00.0", "0000:04:00.0"),  // given by hand
    ])
    func `takes the address from the path`(path: String, address: String) throws {
        #expect(try Self.event(["DEVPATH": path]).address.description == address)
    }

    @Test(arguments: [
        "/devices/pci0000:00",  // a bus
        "/devices/pci0000:00/0000:00:1c.0/net/eth0",  // a child
        "/devices/pci0000:00/0000:00:1c.0/",  // an empty last component
        "/devices//0000:00:1c.0",
        "/devices/../../etc/0000:00:1c.0",
        "/devices/./0000:00:1c.0",
        "/devices/pci0000:00/..",
        "/",
        "0000:00:1c.0",  // not absolute
        "devices/pci0000:00/0000:00:1c.0",
        "/devices/pci0000:00/00:1c.0",  // forms of people, not of the kernel
        "/devices/pci0000:00/0001:000:000:0",
        "/devices/pci0000:00/0000:00:1C.0",
        "/devices/pci0000:00/00000000:00:1c.0",
        "/devices/pci0000:00/0000:00:20.0",  // out of range
        "/devices/pci0000:00/0000:00:1c.8",
        "/devices/pci0000:00/0000:00:1c.0 ",
        "/devices/pci0000:00/ 0000:00:1c.0",
        "/devices/pci0000:00/0000:00:1c.0\n",
        "/devices/pci 0000:00/0000:00:1c.0",
        "/devices/pcí0000:00/0000:00:1c.0",
        "/devices/pci0000:00/0000:00:1\u{fffd}.0",
        "/devices/pci0000:00/0000:00:1c.0\u{301}",
        "/" + String(repeating: "a", count: 5000) + "/0000:00:1c.0",
    ])
    func `refuses paths that name no function`(path: String) {
        #expect(throws: Uevent.Rejection.noAddress) { try Self.event(["DEVPATH": path]) }
    }

    @Test(arguments: [
        ("SUBSYSTEM", "", Uevent.Rejection.otherSubsystem), ("SUBSYSTEM", "net", .otherSubsystem),
        ("SUBSYSTEM", "pci_bus", .otherSubsystem), ("SUBSYSTEM", "PCI", .otherSubsystem), ("ACTION", "", .noAction),
        ("DEVPATH", "", .noDevicePath),
    ])
    func `says why a message is not ours`(key: String, value: String, reason: Uevent.Rejection) {
        #expect(throws: reason) { try Self.event([key: value]) }
        #expect(throws: reason) { try Self.event([:], without: key) }
    }

    @Test(arguments: ["BEGIN_RECOVERY", "SUCCESSFUL_RECOVERY", "FAILED_RECOVERY", ""])
    func `passes over recovery from errors`(value: String) throws {
        #expect(throws: Uevent.Rejection.errorRecovery) { try Self.event(["ACTION": "change", "ERROR_EVENT": value]) }
        #expect(try Self.event(["ACTION": "bind", "ERROR_EVENT": value]).action == .bind)
    }

    @Test func `knows where a message comes from`() throws {
        #expect(try Self.event([:]).origin == .hotplug)
        #expect(try Self.event(["SYNTH_UUID": "0"]).origin == .synthetic)
        #expect(try Self.event(["SYNTH_UUID": "6d4a8e1a-3d2c-4e1e-a4b0-3b1b5e0e8f3a"]).origin == .synthetic)
        let address = try #require(PCIAddress("0000:04:00.0"))
        let cold = Uevent(coldplug: address)
        #expect(cold.origin == .coldplug && cold.action == .add && cold.address == address && cold.id == nil)
    }

    @Test func `reads the facts of the moment`() throws {
        let event = try Self.event([
            "PCI_ID": "8086:10D3", "PCI_SUBSYS_ID": "8086:A01F", "PCI_CLASS": "20000", "DRIVER": "e1000e",
        ])
        #expect(event.id?.description == "8086:10d3")
        #expect(event.subsystem?.description == "8086:a01f")
        #expect(event.classCode?.description == "020000")
        #expect(event.driver?.text == "e1000e")
    }

    @Test(arguments: [("20000", 0x02_0000), ("C0330", 0x0c_0330), ("0100", 0x100), ("0", 0), ("FF0000", 0xff_0000)])
    func `reads a class as a number`(text: String, value: UInt32) throws {
        #expect(try Self.event(["PCI_CLASS": text]).classCode?.value == value)
    }

    @Test(arguments: [
        ("PCI_CLASS", ""), ("PCI_CLASS", "0x020000"), ("PCI_CLASS", "1000000"), ("PCI_CLASS", "-1"),
        ("PCI_CLASS", "2 "), ("PCI_ID", ""), ("PCI_ID", "8086"), ("PCI_ID", "8086:"), ("PCI_ID", "8086:10D3:1"),
        ("PCI_ID", "18086:10D3"),
        ("PCI_SUBSYS_ID", "*:*"), ("DRIVER", ""), ("DRIVER", ".."), ("DRIVER", "a/b"), ("DRIVER", "a\nb"),
    ])
    func `does without a malformed fact`(key: String, value: String) throws {
        let event = try Self.event([key: value])
        #expect(event.id == nil && event.subsystem == nil && event.classCode == nil && event.driver == nil)
    }
}
