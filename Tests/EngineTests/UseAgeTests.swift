import HostFiles
import Passthrough
import Testing

@testable import Host

@Suite("Age of what is seen free")
struct UseAgeTests {
    private let host: MadeUpHost
    private let address = Scenario.address(1)

    init() throws {
        host = try MadeUpHost()
        try host.add(address)
    }

    /// The clock stands at second 10,000; the machine has been up for 1,000.
    private var age: UseAge { UseAge(root: host.root, now: 10_000_000_000, monotonic: 1_000_000_000) }

    @Test("what was there at the time, or is there for a minute, counts; what has just come does not")
    func interfaces() throws {
        #expect(!age.isConclusive(.network, at: address, since: 9_000), "no interface is seen")
        try host.addInterface("eth0", below: MadeUpHost.folder(address))
        try host.tree.file("\(MadeUpHost.folder(address))/net/eth0/ifindex", "4\n")
        #expect(!age.isConclusive(.network, at: address, since: 9_000), "udev is not done with it")
        try host.tree.file("/run/udev/data/n4", "I:990000000\nE:ID_NET_NAME=eth0\n")
        #expect(!age.isConclusive(.network, at: address, since: 9_000), "it came ten seconds ago")
        #expect(age.isConclusive(.network, at: address, since: 9_995), "it is the one that was in use then")
        #expect(age.isConclusive(.network, at: address, since: 9_990))
        try host.tree.file("/run/udev/data/n4", "I:990400000\n")
        #expect(!age.isConclusive(.network, at: address, since: 9_990), "it may be the one that came back that second")
        try host.tree.file("/run/udev/data/n4", "I:930000000\n")
        #expect(age.isConclusive(.network, at: address, since: 9_000), "nobody wanted it for a minute")
        try host.tree.file("/run/udev/data/n4", "E:ID_NET_NAME=eth0\n")
        #expect(!age.isConclusive(.network, at: address, since: 9_000), "nobody knows")
    }

    @Test("every disk counts")
    func disks() throws {
        for (name, number) in [("sda", "8:0"), ("sdb", "8:16")] {
            try host.addBlock(name, below: "\(MadeUpHost.folder(address))/block", number: number)
        }
        try host.tree.file("/run/udev/data/b8:0", "I:100000000\n")
        #expect(!age.isConclusive(.storage, at: address, since: 0))
        try host.tree.file("/run/udev/data/b8:16", "I:100000000\n")
        #expect(age.isConclusive(.storage, at: address, since: 0))
        let partition = "\(MadeUpHost.folder(address))/block/sda"
        try host.addBlock("sda1", below: partition, number: "8:1", isPartition: true)
        #expect(age.isConclusive(.storage, at: address, since: 0), "a partition is made by whoever uses the disk")
        #expect(!age.isConclusive(.network, at: address, since: 0))
    }
}
