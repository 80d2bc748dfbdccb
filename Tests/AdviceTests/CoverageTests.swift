import Advice
import Passthrough
import Testing

@Suite struct CoverageTests {
    private func ids(_ texts: String...) -> Match { Match(ids: texts.compactMap { IDPattern($0) }) }

    @Test func aWiderKeyCoversANarrowerOne() {
        #expect(ids("15b3:*").covers(ids("15b3:1003", "15b3:1004")))
        #expect(!ids("15b3:1003").covers(ids("15b3:1003", "15b3:1004")))
        #expect(!ids("15b3:1003").covers(Match(classes: [ClassPrefix("02")].compactMap { $0 })))
        #expect(
            Match(addresses: [AddressPattern("0000:05:*")].compactMap { $0 }).covers(
                Match(addresses: [AddressPattern("05:00.1")].compactMap { $0 })))
    }

    /// What is said to be covered must be: no function that the narrow one matches may escape the wide one.
    @Test func coverageIsTrueOfEveryFunction() throws {
        let texts = ["*:1003", "15b3:*", "15b3:1003", "8086:1003"]
        let classes: [[ClassPrefix]?] = [
            nil, [ClassPrefix("02")].compactMap { $0 }, [ClassPrefix("0200")].compactMap { $0 },
        ]
        let matches = texts.flatMap { text in
            classes.map { Match(ids: IDPattern(text).map { [$0] }, classes: $0) }
        }
        let address = try #require(PCIAddress("04:00.0"))
        let functions = [(0x15b3, 0x1003), (0x8086, 0x1003), (0x15b3, 0x1004)].flatMap { vendor, device in
            [0x020000, 0x020700, 0x010802].map {
                PCIFunction(
                    address: address, id: PCIID(vendor: UInt16(vendor), device: UInt16(device)),
                    classCode: ClassCode(UInt32($0)))
            }
        }
        var covered = 0
        for wide in matches {
            for narrow in matches where wide.covers(narrow) {
                covered += 1
                for function in functions where narrow.matches(function) { #expect(wide.matches(function)) }
            }
        }
        #expect(covered > matches.count)
    }
}

@Suite struct BootIDTests {
    @Test(arguments: ["15b3:1003", "0x15b3:1003", "15b3", "15b3:", "15b3:1003:zz", "1:2:3:4:5:6:7"])
    func forms(_ text: String) {
        #expect((BootID(text) != nil) == (text == "15b3:1003"))
    }

    @Test func subsystemsAndWildcards() throws {
        let id = try #require(PCIID("15b3:1003"))
        #expect(try #require(BootID("15b3:ffffffff")).names(id))
        #expect(try !#require(BootID("15b3:1003:15b3:55")).names(id))
        #expect(try !#require(BootID("15b3:1004")).names(id))
    }
}
