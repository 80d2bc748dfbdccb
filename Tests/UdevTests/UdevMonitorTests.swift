import SystemPackage
import Testing
import Udev

/// The monitor over umockdev's sockets, and over true ones where nobody else is.
struct UdevMonitorTests {
    private static let bus = "/sys/devices/pci0000:00"
    private static let function = "\(bus)/0000:00:01.0"
    private static let setUp = [
        "device pci0000:00 pci_bus -",
        "device 0000:00:01.0 pci \(bus) PCI_ID=8086:10D3 PCI_CLASS=20000 PCI_SUBSYS_ID=8086:A01F DRIVER=e1000e",
        "device eth0 net \(function)",
        "device 0000:00:02.0 pci \(bus) PCI_ID=15B3:1003 SYNTH_UUID=0",
        "device 0000:00:03.0 pci \(bus) ERROR_EVENT=BEGIN_RECOVERY",
        "drain",
    ]

    /// What is said after the devices were added, which sends uevents of its own.
    private static func lines(_ commands: [String]) throws -> [String] {
        let lines = try Echo.umockdev(setUp + commands + ["drain"])
        let start = try #require(lines.firstIndex(of: "nothing"), "\(lines)")
        #expect(lines.first == "open true true")
        return Array(lines[(start + 1)...])
    }

    @Test func `delivers uevents of PCI functions in order`() throws {
        let facts = "8086:10d3 8086:a01f 020000 e1000e"
        let actions = ["add", "bind", "change", "unbind", "remove"]
        let lines = try Self.lines(actions.map { "send \($0) \(Self.function)" })
        #expect(lines == actions.map { "event \($0) 0000:00:01.0 hotplug \(facts)" } + ["nothing"])
    }

    @Test func `filters other subsystems`() throws {
        let lines = try Self.lines([
            "send add \(Self.function)/eth0", "send add \(Self.bus)", "send online \(Self.function)",
        ])
        #expect(lines == ["event other 0000:00:01.0 hotplug 8086:10d3 8086:a01f 020000 e1000e", "nothing"])
    }

    @Test func `tells synthetic events and recovery from errors`() throws {
        let lines = try Self.lines(["send add \(Self.bus)/0000:00:02.0", "send change \(Self.bus)/0000:00:03.0"])
        let expected = [
            "event add 0000:00:02.0 synthetic 15b3:1003 - - -", "ignored ERROR_EVENT: recovery from an error",
            "nothing",
        ]
        #expect(lines == expected)
    }

    @Test func `goes on after bytes that are no message`() throws {
        var numbers = SystemRandomNumberGenerator()
        let noise = (0..<500).map { _ in
            let count = Int.random(in: 1...200, using: &numbers)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            return "bytes " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        // Short batches: the socket of umockdev holds few messages.
        let batches = stride(from: 0, to: noise.count, by: 5).flatMap { noise[$0..<$0 + 5] + ["drain"] }
        let lines = try Self.lines(batches + ["send bind \(Self.function)"])
        #expect(lines.suffix(2) == ["event bind 0000:00:01.0 hotplug 8086:10d3 8086:a01f 020000 e1000e", "nothing"])
        #expect(lines.count { $0.hasPrefix("event") } == 1)
    }

    @Test func `tells lost messages from an empty socket`() throws {
        let lines = try Echo.alone(["overrun"])
        // ENOBUFS once; then what was queued (sent by a process, hence thrown away); then nothing more.
        #expect(lines.first == "overrun \(Errno.noBufferSpace.rawValue)")
        #expect(lines.last == "nothing")
        #expect(lines.count { $0.hasPrefix("overrun") } == 1)
        #expect(lines.count >= 2)
    }

    @Test func `refuses to listen where udev is not running`() {
        let control = "/no/such/folder/control"
        #expect(throws: UdevError.notRunning(control: control)) { () throws in
            _ = try UdevMonitor(.udev, receiveBuffer: 65536, control: control)
        }
    }

    @Test func `sizes the receive buffer`() throws {
        let monitor = try UdevMonitor(.kernel, receiveBuffer: 65536)
        #expect(monitor.descriptor >= 0)
        #expect(monitor.receiveBuffer == 2 * 65536)
        let tiny = try UdevMonitor(.kernel, receiveBuffer: 1)
        // The kernel's own least, SOCK_MIN_RCVBUF.
        #expect(tiny.receiveBuffer > 1 && tiny.receiveBuffer < 65536)
    }
}
