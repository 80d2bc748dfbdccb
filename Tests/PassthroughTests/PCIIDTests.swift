import Passthrough
import SimulatorScripts
import Testing

@Suite("PCIID and ClassCode")
struct PCIIDTests {
    @Test("reads four digits each, of either case", arguments: ["15b3:1003", "15B3:1003", "0000:0000", "ffff:ffff"])
    func accepts(text: String) throws {
        let id = try #require(PCIID(text))
        #expect(id.description == text.lowercased())
        #expect(PCIID(id.description) == id)
    }

    @Test(
        "rejects every other form",
        arguments: [
            ("", "empty"), (":", "no digits"), ("15b3", "no device"), ("15b3:", "no device"), ("15b31003", "no colon"),
            ("15b3 1003", "the form of new_id"), ("5b3:1003", "3 digits"), ("115b3:1003", "17 bits and more"),
            ("15b3:1003:0", "three parts"), ("0x15b3:0x1003", "0x"), ("15b3:*", "wildcard"), ("15b3:100g", "no digit"),
            ("15b3:1003\n", "newline"), (" 15b3:1003", "blank"),
        ])
    func rejects(text: String, reason: String) {
        #expect(PCIID(text) == nil, Comment(rawValue: reason))
    }

    @Test("new_id takes blanks, not colons")
    func newID() {
        #expect(PCIID(vendor: 0x15b3, device: 0x1003).newIDText == "15b3 1003")
        #expect(PCIID(vendor: 0xe, device: 0).newIDText == "000e 0000")
    }

    @Test("ids are ordered by vendor, then device")
    func order() {
        let ids = [(1, 2), (1, 3), (2, 0)].map { PCIID(vendor: $0.0, device: $0.1) }
        #expect(ids.reversed().sorted() == ids)
    }

    @Test("random bytes never trap")
    func randomBytes() {
        forRandomTexts(alphabet: "0123456789abcdef:*x ") { text in
            if let id = PCIID(text) { #expect(id.description == text.lowercased()) }
            if let pattern = IDPattern(text) { #expect(pattern.description == text.lowercased()) }
        }
    }

    @Test("a class code is 24 bits in three parts")
    func classCode() {
        let code = ClassCode(0xff02_0007)
        #expect(code.value == 0x020007)
        #expect(code.subclass == 0x0200)
        #expect(code.base == 0x02)
        #expect(code.description == "020007")
    }
}

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test("counts digits, of 64 bits at most")
    func digits() {
        #expect(Hexadecimal.parse("00ff".utf8, digits: 4...4) == 0xff)
        #expect(Hexadecimal.parse("ff".utf8, digits: 4...4) == nil)
        #expect(Hexadecimal.parse("".utf8, digits: 0...4) == 0)
        #expect(Hexadecimal.parse("FFFFFFFFFFFFFFFF".utf8, digits: 1...16) == .max)
        #expect(Hexadecimal.parse("00000000000000000".utf8, digits: 1...99) == nil)
    }

    @Test("prints at least so many digits")
    func text() {
        #expect(Hexadecimal.text(0xab, digits: 4) == "00ab")
        #expect(Hexadecimal.text(0xabcde, digits: 4) == "abcde")
        #expect(Hexadecimal.text(0, digits: 0) == "0")
        #expect(Hexadecimal.text(.max, digits: 1) == "ffffffffffffffff")
    }

    @Test("what was printed is read")
    func roundTrip() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<1000 {
            let value = random.next() >> UInt64(random.next(below: 64))
            let text = Hexadecimal.text(value, digits: random.next(below: 17))
            #expect(Hexadecimal.parse(text.utf8, digits: 1...16) == value)
        }
    }
}
