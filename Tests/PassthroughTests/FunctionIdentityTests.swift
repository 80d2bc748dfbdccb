import Passthrough
import Testing

@Suite("Identity")
struct FunctionIdentityTests {
    private func function(_ change: (inout PCIFunction) -> Void = { _ in }) throws -> PCIFunction {
        let address = try #require(PCIAddress("0001:00:00.0"))
        var function = PCIFunction(address: address, id: PCIID(vendor: 0x15b3, device: 0x1003), numaNode: 1)
        function.identity.slot = "3"
        function.identity.serialNumber = SerialNumber("00-00-c9-ff-ff-00-00-01")
        function.identity.removability = .fixed
        function.identity.fid = ZPCINumber(0x100)
        function.identity.uid = ZPCINumber(1)
        function.identity.pchid = ZPCINumber(0x1c0)
        change(&function)
        return function
    }

    @Test("a number of zPCI, with or without 0x and leading zeros")
    func zPCINumbers() {
        for text in ["100", "0x100", "0X00000100", "0000000000000100"] {
            #expect(ZPCINumber(text) == ZPCINumber(0x100))
        }
        #expect(ZPCINumber(0x1c0).description == "0x1c0" && ZPCINumber("ffffffff")?.description == "0xffffffff")
        for text in ["", "0x", "100000000", "g", "-1", " 1", "00000000000000100"] { #expect(ZPCINumber(text) == nil) }
    }

    @Test("a serial number, eight pairs")
    func serialNumbers() {
        #expect(SerialNumber("00-00-C9-ff-ff-00-00-01")?.value == 0x0000_c9ff_ff00_0001)
        #expect(SerialNumber(0x0000_c9ff_ff00_0001).description == "00-00-c9-ff-ff-00-00-01")
        for text in ["", "00-00-c9-ff-ff-00-00", "00-00-c9-ff-ff-00-00-01-02", "0-000-c9-ff-ff-00-00-01", "1"] {
            #expect(SerialNumber(text) == nil)
        }
    }

    @Test("every key matches, and fails where the fact is another or is not known")
    func keys() throws {
        let known = try function()
        let serialNumber = try #require(known.identity.serialNumber)
        let path = try #require(PathPattern("**/0001:00:00.0"))
        let matches: [(String, Match, (inout PCIFunction) -> Void)] = [
            ("path", match { $0.paths = [path] }, { $0.path = [] }),
            ("slot", match { $0.slots = ["2", "3"] }, { $0.identity.slot = nil }),
            ("serial", match { $0.serialNumbers = [serialNumber] }, { $0.identity.serialNumber = nil }),
            ("removable", match { $0.removabilities = [.fixed] }, { $0.identity.removability = nil }),
            ("numa_node", match { $0.numaNodes = [0, 1] }, { $0.numaNode = nil }),
            ("fid", match { $0.fids = [ZPCINumber(0x100)] }, { $0.identity.fid = nil }),
            ("uid", match { $0.uids = [ZPCINumber(1)] }, { $0.identity.uid = ZPCINumber(2) }),
            ("pchid", match { $0.pchids = [ZPCINumber(0x1c0)] }, { $0.identity.pchid = nil }),
        ]
        for (key, match, change) in matches {
            #expect(match.matches(known) && match.firstMismatch(known) == nil, "\(key)")
            let other = try function(change)
            #expect(!match.matches(other) && match.firstMismatch(other)?.key == key, "\(key)")
            #expect(PolicySet([Policy(name: "a", match: match)]).first(for: known)?.name == "a", "\(key)")
            #expect(PolicySet([Policy(name: "a", match: match)]).first(for: other) == nil, "\(key)")
            let excepting = Policy(name: "a", match: Match(ids: [IDPattern(known.id)]), except: match)
            #expect(!excepting.matches(known) && excepting.matches(other), "\(key)")
        }
        #expect(Match(ids: []).wantedFacts.isEmpty)
        #expect(matches.map(\.1.wantedFacts).reduce([]) { $0.union($1) } == FunctionFacts.all.union(.numaNode))
    }

    private func match(_ change: (inout Match) -> Void) -> Match {
        var match = Match()
        change(&match)
        return match
    }

    @Test("a serial number that cannot be read is unknown, and told where it would decide")
    func unknownSerialNumber() throws {
        let known = try function()
        let unknown = try function {
            $0.identity.serialNumber = nil
            $0.identity.isSerialNumberUnknown = true
        }
        let match = match {
            $0.ids = [IDPattern(unknown.id)]
            $0.serialNumbers = [SerialNumber(1)]
        }
        #expect(match.firstMismatch(unknown)?.found == "unknown")
        #expect(PolicySet([Policy(name: "a", match: match)]).undecided([unknown]) == [unknown.address])
        var narrower = match
        narrower.numaNodes = [7]
        #expect(PolicySet([Policy(name: "a", match: narrower)]).undecided([unknown]) == [])
        #expect(PolicySet([Policy(name: "a", match: match)]).undecided([known]) == [])
        #expect(PolicySet([Policy(name: "a", match: Match(), except: match)]).wantedFacts == .serialNumber)
    }
}
