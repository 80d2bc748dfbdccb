import CLinux
import Glibc
import Testing

/// Which of the kernel's messages wake the monitor: the filter, attached to a socket whose other end we have.
struct BindFilterTests {
    /// A message as `kobject_uevent_env` (lib/kobject_uevent.c) and `pci_uevent` (drivers/pci/pci-driver.c) write it.
    private static func message(_ action: String, _ path: String, subsystem: String = "pci", driver: String) -> String {
        let modalias = "pci:v000015B3d00001003sv000015B3sd00000007bc02sc00i00"
        let properties = [
            "ACTION=\(action)", "DEVPATH=\(path)", "SUBSYSTEM=\(subsystem)", "DRIVER=\(driver)", "PCI_CLASS=20000",
            "PCI_ID=15B3:1003", "PCI_SUBSYS_ID=15B3:0007", "PCI_SLOT_NAME=0000:04:00.0", "MODALIAS=\(modalias)",
            "SEQNUM=7",
        ]
        return "\(action)@\(path)\0" + properties.map { "\($0)\0" }.joined()
    }

    /// Whether a message comes through.
    private static func passes(_ message: String) throws -> Bool {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        try #require(linux_filter_binds(ends[1]) == 0)
        let bytes = Array(message.utf8)
        _ = bytes.withUnsafeBytes { send(ends[0], $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
        var byte: UInt8 = 0
        return recv(ends[1], &byte, 1, Int32(MSG_DONTWAIT)) == 1
    }

    private static func path(bridges: Int) -> String {
        "/devices/pci0001:40" + String(repeating: "/0001:40:01.0", count: bridges) + "/0001:40:02.0"
    }

    @Test(arguments: 0...11)
    func `a bind by any driver but vfio-pci wakes it, below however many bridges`(bridges: Int) throws {
        let path = Self.path(bridges: bridges)
        #expect(try !Self.passes(Self.message("bind", path, driver: "vfio-pci")))
        for driver in ["mlx4_core", "vfio-pci2", "vfio-pc", "vfio", "mlx5_vfio_pci", "e"] {
            #expect(try Self.passes(Self.message("bind", path, driver: driver)))
        }
    }

    @Test(arguments: [
        "/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
        "/devices/platform/soc/40000000.pcie/pci0000:00/0000:00:01.7", "/devices/pci0001:40" + "/0001:40:01.0",
        "/devices/x",
    ])
    func `on no path is a bind by another driver lost`(path: String) throws {
        #expect(try Self.passes(Self.message("bind", path, driver: "mlx4_core")))
    }

    @Test func `nothing else wakes it`() throws {
        for action in ["add", "unbind", "remove", "change", "binds", "bin"] {
            #expect(try !Self.passes(Self.message(action, Self.path(bridges: 0), driver: "mlx4_core")))
        }
        for short in ["", "b", "bind", "bind@", "libudev\0"] { #expect(try !Self.passes(short)) }
    }
}
