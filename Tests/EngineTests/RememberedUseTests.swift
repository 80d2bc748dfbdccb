import Passthrough
import Testing

@testable import Host

@Suite("Remembered refusals")
struct RememberedUseTests {
    private let address = Scenario.address(1)

    private func read(_ lines: String...) -> RememberedUse? {
        RememberedUse(Array((lines.joined(separator: "\n") + "\n").utf8), address)
    }

    @Test("a file of an earlier version has texts without kinds")
    func old() {
        let use = read("vfio-rebind use 1", "8086:5845", "storage 7 firm", " nvme0n1p2 is mounted on /", "end")
        #expect(use?.kept[.storage]?.evidence == [.recorded("nvme0n1p2 is mounted on /")])
        #expect(use?.kept[.storage]?.isOverridable == false)
    }

    @Test("text and kind are kept; a kind that nobody knows leaves the text")
    func kinds() throws {
        let use = try #require(
            read(
                "vfio-rebind use 1", "8086:5845", "storage 7 overridable", " sda is swap\tswap",
                " b\tof a later version",
                "end"))
        #expect(use.kept[.storage]?.evidence == [.recorded("sda is swap", .swap), .recorded("b")])
        #expect(RememberedUse(Array(use.text.utf8), address) == use)
        #expect(use.text.split(separator: "\n")[3] == " sda is swap\tswap")
        #expect(use.kept[.storage]?.finding.evidence.map(\.kind) == [.remembered, .remembered])
    }
}
