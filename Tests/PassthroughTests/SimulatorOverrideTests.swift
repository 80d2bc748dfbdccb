import Passthrough
import Testing

/// What `driver_override` was seen to do on Linux 6.12 (`pci_match_device`, `driver_set_override`).
@Suite("Simulator: driver_override")
struct SimulatorOverrideTests {
    @Test("only the named driver matches, ids or not")
    func precedence() {
        var host = SimulatedHost(bound: 0)
        #expect(host.override(0, "standin_c\n") == nil)
        #expect(host.bind(0, host.e1000e) == .noDevice)
        #expect(host.bind(0, .vfioPCI) == .noDevice)
        #expect(host.bind(0, host.standIn) == nil)
    }

    @Test("neither unbinds nor probes nor loads a module")
    func noEffect() {
        var host = SimulatedHost(bound: 1)
        #expect(host.override(0, "vfio-pci\n") == nil)
        #expect(host.override(1, "vfio-pci\n") == nil)
        #expect(host.driver(0) == host.e1000e)
        #expect(host.driver(1) == nil)
    }

    @Test(
        "cleared by a newline or a byte 0",
        arguments: [("\n", nil), ("\0", nil), ("\nvfio-pci", nil), ("\0\n", nil), ("", "standin_c"), (" \n", " ")])
    func clearing(text: String, expected: String?) {
        var host = SimulatedHost()
        #expect(host.override(0, "standin_c\n") == nil)
        #expect(host.override(0, text) == nil)
        #expect(host.override(0) == expected)
    }

    @Test(
        "cut at the first newline; leading blanks stay and match nothing",
        arguments: [
            ("vfio-pci", "vfio-pci", true), ("vfio-pci\n", "vfio-pci", true), ("vfio-pci\nrest\n", "vfio-pci", true),
            ("vfio-pci\0rest", "vfio-pci", true), (" vfio-pci\n", " vfio-pci", false),
            ("vfio-pci \n", "vfio-pci ", false),
            ("VFIO-PCI\n", "VFIO-PCI", false), ("none\n", "none", false),
        ])
    func text(written: String, kept: String, matches: Bool) {
        var host = SimulatedHost(bound: 0)
        #expect(host.override(0, written) == nil)
        #expect(host.override(0) == kept)
        #expect(host.bind(0, .vfioPCI) == (matches ? nil : .noDevice))
    }

    @Test("4094 bytes are taken, 4095 and more are not")
    func length() {
        var host = SimulatedHost()
        #expect(host.override(0, String(repeating: "a", count: 4094)) == nil)
        #expect(host.override(0)?.utf8.count == 4094)
        for count in [4095, 4096, 5000] {
            #expect(host.override(0, String(repeating: "b", count: count)) == .invalid)
        }
        #expect(host.override(0)?.utf8.count == 4094)
    }

    @Test("lost when the function is unplugged, kept over unbind and bind")
    func lifetime() {
        var host = SimulatedHost(bound: 0)
        #expect(host.override(0, "vfio-pci\n") == nil)
        #expect(host.bind(0, .vfioPCI) == nil)
        #expect(host.unbind(0, .vfioPCI) == nil)
        #expect(host.override(0) == "vfio-pci")
        #expect(host.unplug(0) == nil)
        #expect(host.override(0, "vfio-pci\n") == .noEntry)
        #expect(host.plug(0) == nil)
        #expect(host.override(0) == nil)
        #expect(host.driver(0) == host.e1000e)
    }

    @Test("binds to a driver without any id, and a driver that registers takes it")
    func overridden() {
        var host = SimulatedHost(bound: 0, drivers: [.vfioPCI(isRegistered: false)])
        #expect(host.override(0, "vfio-pci\n") == nil)
        #expect(host.bind(0, .vfioPCI) == .noEntry)
        #expect(host.simulator.run(.loadModule(of: .vfioPCI, for: nil)) == nil)
        #expect(host.driver(0) == .vfioPCI)
        #expect(host.driver(1) == nil)
    }

    @Test("bytes that are no text are kept from matching")
    func noText() {
        var host = SimulatedHost(bound: 0)
        let path = SysfsPath.driverOverride(SimulatedHost.address(0))
        #expect(host.simulator.write(path, [0xff, 0xfe, 0x0a]) == nil)
        #expect(host.bind(0, .vfioPCI) == .noDevice)
    }
}
