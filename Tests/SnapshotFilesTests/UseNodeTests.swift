import Passthrough
import Testing

@testable import SnapshotFiles

@Suite("Evidence of use in files")
struct UseNodeTests {
    private static let head =
        #"{"schema":"vfio-rebind.snapshot/1","functions":[{"address":"0000:01:00.0","id":"144d:a80a","uses":{"storage":{"#

    private func finding(_ text: String) throws -> UseFinding? {
        let bytes = Array("\(UseNodeTests.head)\(text)}}}]}".utf8)
        return try SnapshotDocument.capture(bytes).snapshot.uses.values.first?[.storage]
    }

    @Test(
        "a snapshot without kinds has its texts; kinds that nobody knows, or too few, leave texts",
        arguments: [
            ("", [nil, nil]), (#""kinds":["mounted","swap"],"#, [.mounted, .swap]),
            (#""kinds":[null,"of a later version"],"#, [nil, nil]), (#""kinds":["swap"],"#, [.swap, nil]),
        ] as [(String, [EvidenceKind?])])
    func kinds(_ member: String, _ kinds: [EvidenceKind?]) throws {
        let found = try finding(#"\#(member)"evidence":["sda is mounted on /","b"],"verdict":"busy""#)
        let wanted = zip(["sda is mounted on /", "b"], kinds).map { Evidence.recorded($0, $1) }
        #expect(found == UseFinding(.busy, wanted))
    }

    @Test("typed evidence is read again as its text and kind")
    func again() throws {
        let written = UseFinding(
            .busy, [.disk("sda", .swap), .recorded("by hand"), .interface("eth0", .member(of: "br0"))],
            isOverridable: false)
        let read = try UseNode.uses(UseNode.node([.storage: written]))
        #expect(read == [.storage: written.recorded])
    }

    private func cases(_ function: String) -> TestDocument {
        let text = """
            [[case]]
            name = "a"
            function = \(function)
            expect = { decision = "refused" }
            """
        return TestDocument(Array(text.utf8), file: "a.toml")
    }

    private func uses(_ document: TestDocument) -> [Guard: UseFinding]? {
        guard case .functions(let functions)? = document.cases.first?.host else { return nil }
        return functions.first?.uses
    }

    @Test("a sentence in a test file is a text; only uses says that no override passes over it")
    func testFiles() {
        let plain = cases(
            #"{ address = "0000:01:00.0", id = "144d:a80a", in_use = { storage = "sda1 is mounted on /" } }"#)
        #expect(uses(plain) == [.storage: UseFinding(.busy, [.recorded("sda1 is mounted on /")])])
        let firm = UseFinding(.busy, [.recorded("sda1 is mounted on /", .mounted)], isOverridable: false)
        let table = cases(
            #"{ address = "0000:01:00.0", id = "144d:a80a", uses = { storage = { verdict = "busy", evidence = ["sda1 is mounted on /"], kinds = ["mounted"], overridable = false } } }"#
        )
        #expect(uses(table) == [.storage: firm])
    }

    @Test("a function that is written for a test file reads as itself", arguments: [true, false])
    func written(_ isOverridable: Bool) throws {
        let address = try #require(PCIAddress("0000:01:00.0"))
        var function = CapturedFunction(PCIFunction(address: address, id: PCIID(vendor: 0x144d, device: 0xa80a)))
        let found = UseFinding(.busy, [.recorded("sda1 is \"mounted\" on /")], isOverridable: isOverridable)
        function.uses = [.storage: found]
        #expect(uses(cases(function.tomlText)) == [.storage: found])
    }
}
