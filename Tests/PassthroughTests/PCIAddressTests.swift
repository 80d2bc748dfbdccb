import Passthrough
import SimulatorScripts
import Testing

@Suite("PCIAddress")
struct PCIAddressTests {
    @Test(
        "reads the three forms",
        arguments: [
            ("0000:04:00.0", "0000:04:00.0"),
            ("04:00.0", "0000:04:00.0"),
            ("0001:00:1f.7", "0001:00:1f.7"),
            ("0001:FF:1F.7", "0001:ff:1f.7"),
            ("10000:e1:00.0", "10000:e1:00.0"),
            ("ffffffff:ff:1f.7", "ffffffff:ff:1f.7"),
            ("00010000:00:00.0", "10000:00:00.0"),
            ("0001:000:000:0", "0001:00:00.0"),
            ("0001:0ff:01f:7", "0001:ff:1f.7"),
            ("0001:4:0:0", "0001:04:00.0"),
        ])
    func accepts(text: String, canonical: String) throws {
        let address = try #require(PCIAddress(text))
        #expect(address.description == canonical)
        #expect(PCIAddress(address.description) == address)
    }

    @Test(
        "rejects every other form",
        arguments: [
            ("", "empty"), ("00:00", "no function"), ("0000:00:00", "no function"), ("0000:00:00.", "empty function"),
            ("000:00:00.0", "domain of 3 digits"), ("000000001:00:00.0", "domain of 9 digits"),
            ("0000:0:00.0", "bus of 1 digit"), ("0000:000:00.0", "bus of 3 digits with a dot"),
            ("0000:00:0.0", "device of 1 digit"), ("0000:00:20.0", "device above 1f"),
            ("0000:00:00.8", "function above 7"), ("0000:00:00.00", "function of 2 digits"),
            ("0000:00:00.0.0", "two dots"), ("0000:00:00.0\n", "newline"), (" 0000:00:00.0", "blank"),
            ("0x0000:00:00.0", "0x"), ("0000:00:0g.0", "no digit"), ("-001:00:00.0", "sign"),
            ("0001:100:000:0", "bus above ff"), ("0001:000:020:0", "device above 1f"),
            ("0001:000:000:8", "function above 7"), ("0001:0000:000:0", "bus of 4 digits"),
            ("001:000:000:0", "domain of 3 digits"), ("0001:000:000:0:0", "five parts"),
            ("0001:000::0", "empty device"), ("０000:00:00.0", "digit beyond ASCII"),
        ])
    func rejects(text: String, reason: String) {
        #expect(PCIAddress(text) == nil, Comment(rawValue: reason))
    }

    @Test("the numbers come back from the text")
    func roundTrip() throws {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            let domain = UInt32(truncatingIfNeeded: random.next() >> UInt64(32 + random.next(below: 32)))
            let address = try #require(
                PCIAddress(
                    domain: domain, bus: UInt8(random.next(below: 256)), device: UInt8(random.next(below: 32)),
                    function: UInt8(random.next(below: 8))))
            #expect(PCIAddress(address.description) == address)
            #expect(PCIAddress(address.description.uppercased()) == address)
        }
    }

    @Test("device and function have a range")
    func range() {
        #expect(PCIAddress(domain: 0, bus: 0, device: 0x20, function: 0) == nil)
        #expect(PCIAddress(domain: 0, bus: 0, device: 0, function: 8) == nil)
        #expect(PCIAddress(domain: .max, bus: .max, device: 0x1f, function: 7) != nil)
    }

    @Test("addresses are ordered by their numbers, not by their texts")
    func order() throws {
        let texts = ["0000:00:1f.7", "0000:01:00.0", "0001:00:00.0", "ffff:ff:1f.7", "10000:00:00.0"]
        let addresses = try texts.map { try #require(PCIAddress($0)) }
        #expect(addresses.reversed().sorted() == addresses)
    }

    @Test("functions of a card share their slot")
    func slot() throws {
        let address = try #require(PCIAddress("0001:0a:1f.7"))
        #expect(address.slot == "0001:0a:1f")
    }

    @Test("random bytes never trap")
    func randomBytes() {
        forRandomTexts(alphabet: "0123456789abcdefF:. x\n-") { text in
            if let address = PCIAddress(text) { #expect(PCIAddress(address.description) == address) }
        }
    }
}

/// Calls the body with random bytes and with random words of an alphabet, which come closer to what parsers accept.
func forRandomTexts(count: Int = 4000, alphabet: String, _ body: (String) -> Void) {
    var random = SplitMix64(seed: 42)
    let letters = Array(alphabet.utf8)
    for _ in 0..<count {
        let length = random.next(below: 24)
        body(String(decoding: random.bytes(length), as: UTF8.self))
        let word = (0..<length).compactMap { _ in random.element(of: letters) }
        body(String(decoding: word, as: UTF8.self))
    }
}
