import Passthrough
import Testing

/// Bytes that nobody meant: an answer each time, never a trap.
struct UeventNoiseTests {
    /// The same bytes in every run.
    private struct Noise: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }

        mutating func bytes(upTo limit: Int) -> [UInt8] {
            (0..<Int.random(in: 0...limit, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
        }
    }

    private static let keys = [
        "ACTION", "DEVPATH", "SUBSYSTEM", "SYNTH_UUID", "ERROR_EVENT", "PCI_ID", "PCI_CLASS", "PCI_SUBSYS_ID", "DRIVER",
    ]
    private static let sound = [
        "ACTION": "add", "DEVPATH": "/devices/pci0000:00/0000:00:1c.0", "SUBSYSTEM": "pci", "SYNTH_UUID": "0",
        "PCI_ID": "8086:10D3", "PCI_CLASS": "20000", "PCI_SUBSYS_ID": "8086:A01F", "DRIVER": "e1000e",
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `takes random bytes in every property`(seed: UInt64) {
        var noise = Noise(state: seed)
        var accepted = 0
        for _ in 0..<2_000 {
            var properties = Self.sound
            for key in Self.keys where Bool.random(using: &noise) {
                properties[key] = String(decoding: noise.bytes(upTo: 40), as: UTF8.self)
            }
            accepted += (try? Uevent { properties[$0] }) == nil ? 0 : 1
        }
        // Those whose SUBSYSTEM, ACTION and DEVPATH were left as they are.
        #expect(accepted > 0 && accepted < 2_000)
    }

    @Test(arguments: [5, 6, 7, 8] as [UInt64])
    func `takes paths in which single bytes are changed`(seed: UInt64) throws {
        var noise = Noise(state: seed)
        let path = Array("/devices/pci0000:00/0000:00:1c.0".utf8)
        for _ in 0..<2_000 {
            var changed = path
            for _ in 0..<Int.random(in: 1...3, using: &noise) {
                changed[Int.random(in: changed.indices, using: &noise)] = UInt8.random(in: 0...255, using: &noise)
            }
            var properties = Self.sound
            properties["DEVPATH"] = String(decoding: changed, as: UTF8.self)
            guard let event = try? Uevent({ properties[$0] }) else { continue }
            // What is accepted is spelled as the kernel spells it.
            let last = try #require(properties["DEVPATH"]?.split(separator: "/").last)
            #expect(event.address.description == last)
        }
    }
}
