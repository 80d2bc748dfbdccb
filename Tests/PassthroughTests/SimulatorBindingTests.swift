import Passthrough
import Testing

/// What bind, unbind and drivers_probe were seen to answer on Linux 6.12 (`drivers/base/bus.c`, `dd.c`).
@Suite("Simulator: bind, unbind and drivers_probe")
struct SimulatorBindingTests {
    @Test("unbind: ENODEV from another driver or for an unknown address; nothing is probed")
    func unbind() {
        var host = SimulatedHost()
        #expect(host.unbind(0, .vfioPCI) == .noDevice)
        #expect(host.unbind(9, host.e1000e) == .noDevice)
        #expect(host.unbind(0, host.e1000e) == nil)
        #expect(host.driver(0) == nil)
        #expect(host.unbind(0, host.e1000e) == .noDevice)
    }

    @Test("bind: EBUSY where bound already, ENODEV without a match or a function")
    func bind() {
        var host = SimulatedHost()
        #expect(host.bind(0, host.e1000e) == .busy)
        #expect(host.bind(0, .vfioPCI) == .noDevice)
        #expect(host.override(0, "vfio-pci\n") == nil)
        #expect(host.bind(0, .vfioPCI) == .busy)
        #expect(host.bind(9, .vfioPCI) == .noDevice)
        #expect(host.unbind(0, host.e1000e) == nil)
        #expect(host.bind(0, host.e1000e) == .noDevice)
        #expect(host.bind(0, .vfioPCI) == nil)
        #expect(host.driver(0) == .vfioPCI)
    }

    @Test(
        "addresses are compared to the letter, but for one newline",
        arguments: [
            ("0001:00:00.0", true), ("0001:00:00.0\n", true), ("0001:00:00.0\0rest", true),
            ("0001:00:00.0\n\n", false), ("00:00.0", false), (" 0001:00:00.0", false), ("0001:00:00.0 ", false),
            ("0001:000:000:0", false), ("00000001:00:00.0", false), ("\n", false), ("", nil),
        ])
    func addresses(text: String, isFound: Bool?) {
        for file in ["drivers/e1000e/bind", "drivers/e1000e/unbind", "drivers_probe"] {
            var host = SimulatedHost(bound: file.hasSuffix("unbind") ? 1 : 0)
            let error = host.simulator.write("/sys/bus/pci/\(file)", Array(text.utf8))
            #expect(error == (isFound == false ? .noDevice : nil), "\(file)")
            #expect((host.driver(0) == nil) == (file.hasSuffix("unbind") == (isFound == true)), "\(file)")
        }
    }

    @Test("hexadecimal digits of another case are another name")
    func upperCase() {
        var host = SimulatedHost(count: 12)
        let path = SysfsPath.unbind(host.e1000e)
        #expect(host.simulator.write(path, Array("0001:00:0A.0".utf8)) == .noDevice)
        #expect(host.simulator.write(path, Array("0001:00:0a.0".utf8)) == .noDevice, "bound to nothing")
    }

    @Test(
        "files that are not there",
        arguments: [
            "/sys/bus/pci/drivers/nobody/bind", "/sys/bus/pci/devices/0001:00:09.0/driver_override",
            "/sys/bus/pci/devices/00:00.0/driver_override", "/sys/bus/pci/drivers/e1000e/other", "/sys/bus/pci/other",
            "/sys/bus/pci", "/sys/bus/pci/drivers//bind", "", "drivers_probe", "/sys/bus/pci/drivers/../drivers_probe",
            "/sys/bus/usb/drivers_probe", "/sys/bus/pci/devices/x/driver_override/y",
        ])
    func missingFiles(path: String) {
        var host = SimulatedHost()
        #expect(host.simulator.write(path, [UInt8(ascii: "\n")]) == .noEntry)
        #expect(host.simulator.write(path, []) == .noEntry)
    }

    @Test("bind gives the probe's error, EAGAIN for one that defers; drivers_probe gives none")
    func probeErrors() {
        for (probe, error) in [(.fails(.inputOutput), .inputOutput), (.defers, .again)]
            as [(SimulatedProbe, KernelError)]
        {
            var host = SimulatedHost(bound: 0)
            host.simulator.setProbe(probe, of: host.e1000e, for: SimulatedHost.address(0))
            #expect(host.bind(0, host.e1000e) == error)
            #expect(host.probe(0) == nil)
            #expect(host.driver(0) == nil)
            #expect(host.bind(1, host.e1000e) == nil)
        }
    }

    @Test("drivers_probe: ENODEV for an unknown address, success for nothing matched and for bound already")
    func probe() {
        var host = SimulatedHost(bound: 1, drivers: [.vfioPCI()])
        #expect(host.probe(9) == .noDevice)
        #expect(host.probe(1) == nil)
        #expect(host.driver(1) == host.e1000e, "believed to be there because it drives another of the type")
        #expect(host.probe(0) == nil)
        #expect(host.driver(0) == host.e1000e)
        #expect(host.override(2, "none\n") == nil)
        #expect(host.probe(2) == nil)
        #expect(host.driver(2) == nil)
    }

    @Test("a probe and a plug go to the driver that registered first")
    func registrationOrder() {
        for vfioIsFirst in [true, false] {
            var host = SimulatedHost(bound: 0, drivers: [])
            let native = SimulatedDriver(host.e1000e, ids: [SimulatedHost.intel])
            host = SimulatedHost(bound: 0, drivers: vfioIsFirst ? [.vfioPCI(), native] : [native, .vfioPCI()])
            #expect(host.override(0, "none\n") == nil && host.override(1, "none\n") == nil)
            #expect(host.newID("8086 10d3") == nil)
            #expect(host.override(0, "\n") == nil)
            #expect(host.driver(0) == nil)
            #expect(host.probe(0) == nil)
            let winner: DriverName = vfioIsFirst ? .vfioPCI : host.e1000e
            #expect(host.driver(0) == winner)
            #expect(host.unplug(1) == nil && host.plug(1) == nil)
            #expect(host.driver(1) == winner)
        }
    }

    @Test("when a probe fails the next driver that matches gets its try")
    func nextDriver() {
        var host = SimulatedHost(bound: 0)
        #expect(host.override(0, "none\n") == nil)
        #expect(host.newID("8086 10d3") == nil)
        #expect(host.override(0, "\n") == nil)
        host.simulator.setProbe(.fails(.inputOutput), of: host.e1000e)
        #expect(host.probe(0) == nil)
        #expect(host.driver(0) == .vfioPCI)
    }

    @Test("a group that a user of VFIO owns is closed to host drivers: bind EBUSY, drivers_probe EINVAL")
    func ownedGroup() {
        var host = SimulatedHost(bound: 0)
        host.simulator.ownedGroups = [0]
        #expect(host.bind(0, host.e1000e) == .busy)
        #expect(host.probe(0) == .invalid)
        #expect(host.newID("8086 10d3", host.standIn) == nil)
        #expect(host.driver(0) == nil)
        #expect(host.driver(1) == host.standIn)
        #expect(host.override(0, "vfio-pci\n") == nil)
        #expect(host.bind(0, .vfioPCI) == nil)
    }

    @Test("pci-stub and pcieport may enter an owned group")
    func managedDMA() {
        var host = SimulatedHost(bound: 0, drivers: [SimulatedDriver(.pciStub)])
        host.simulator.ownedGroups = [0]
        #expect(host.override(0, "pci-stub\n") == nil)
        #expect(host.bind(0, .pciStub) == nil)
    }
}
