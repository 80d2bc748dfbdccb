import Passthrough
import SystemPackage
import Testing

@testable import Udev

struct HardwareNamesTests {
    @Test(arguments: [
        ("8086:10d3", "pci:v00008086d000010D3"), ("15b3:1003", "pci:v000015B3d00001003"),
        ("0001:000a", "pci:v00000001d0000000A"),
    ])
    func `asks with the kernel's modalias`(id: String, modalias: String) throws {
        #expect(HardwareNames.modalias(of: try #require(PCIID(id))) == modalias)
    }

    /// The folders in which libudev looks (`src/libsystemd/sd-hwdb/hwdb-internal.h`).
    private static let databases = [
        "/etc/systemd/hwdb/hwdb.bin", "/etc/udev/hwdb.bin", "/usr/lib/systemd/hwdb/hwdb.bin",
        "/lib/systemd/hwdb/hwdb.bin", "/lib/udev/hwdb.bin",
    ]

    @Test func `names what the host's database names, and nothing without one`() throws {
        let isThere = Self.databases.contains { path in
            guard let file = try? FileDescriptor.open(FilePath(path), .readOnly) else { return false }
            try? file.close()
            return true
        }
        var names = HardwareNames()
        let known = try #require(PCIID("8086:10d3"))
        let first = names.names(of: known)
        #expect(first.vendor == (isThere ? "Intel Corporation" : nil))
        #expect((first.device?.contains("82574L") ?? false) == isThere)
        #expect(names.names(of: known) == first)
        // A device that its maker never made, and a maker that is none.
        let otherDevice = names.names(of: try #require(PCIID("8086:fffd")))
        #expect(otherDevice.vendor == first.vendor && otherDevice.device == nil)
        let unknown = names.names(of: try #require(PCIID("f0f0:fffd")))
        #expect(unknown.vendor == nil && unknown.device == nil)
    }
}
