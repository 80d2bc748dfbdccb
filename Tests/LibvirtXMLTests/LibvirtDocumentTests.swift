import LibvirtXML
import Passthrough
import Testing

@Suite("XML of libvirt")
struct LibvirtDocumentTests {
    private func object(_ text: String) throws -> LibvirtObject? {
        try LibvirtDocument(Array(text.utf8)).object
    }

    private func addresses(_ texts: String...) -> Set<PCIAddress> { Set(texts.compactMap { PCIAddress($0) }) }

    private static func hostdev(_ managed: String, bus: String = "0x04") -> String {
        """
        <hostdev mode='subsystem' type='pci' \(managed)>
          <source><address domain='0x0001' bus='\(bus)' slot='0x1f' function='0x7'/></source>
          <address type='pci' domain='0x0000' bus='0x09' slot='0x00' function='0x0'/>
        </hostdev>
        """
    }

    private func domain(_ devices: String) -> String {
        "<domain type='kvm'><name>db&amp;1</name><metadata><name>no</name></metadata><devices>\(devices)</devices></domain>"
    }

    @Test("a managed hostdev of a domain, its place in the guest not")
    func hostdev() throws {
        let found = try object(domain(Self.hostdev("managed='yes'")))
        #expect(found?.kind == .domain && found?.name == "db&1")
        #expect(found?.managed == addresses("0001:04:1f.7"))
    }

    @Test("one that is not managed", arguments: ["managed='no'", ""])
    func unmanaged(_ word: String) throws {
        #expect(try object(domain(Self.hostdev(word)))?.managed == [])
    }

    @Test("a domain that runs stands in its state")
    func running() throws {
        let text = "<domstatus state='running' pid='9'>\(domain(Self.hostdev("managed='yes'")))</domstatus>"
        #expect(try object(text)?.managed.count == 1)
    }

    @Test("interfaces and NVMe disks")
    func others() throws {
        let source = "<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x1'/>"
        let interface = "<interface type='hostdev' managed='yes'><source>\(source)</source></interface>"
        #expect(try object(domain(interface))?.managed == addresses("0000:05:00.1"))
        let plain = "<interface type='hostdev'><source>\(source)</source></interface>"
        #expect(try object(domain(plain))?.managed == [])
        let disk = "<disk type='nvme'><source type='pci' managed='yes' namespace='1'>\(source)</source></disk>"
        #expect(try object(domain(disk))?.managed == addresses("0000:05:00.1"))
    }

    @Test("pools of networks, by address and by physical function")
    func networks() throws {
        let forward =
            "<forward mode='hostdev' managed='yes'><pf dev='eth3'/><address type='pci' bus='2' slot='1'/></forward>"
        let found = try object("<network><name>passthrough</name>\(forward)</network>")
        #expect(found?.kind == .network && found?.pools == ["eth3"])
        #expect(found?.managed == addresses("0000:02:01.0"))
        let bridge =
            "<network><name>default</name><forward mode='passthrough' managed='yes'><pf dev='eth3'/></forward></network>"
        #expect(try object(bridge)?.pools == [])
    }

    @Test("other documents have nothing")
    func foreign() throws { #expect(try object("<pool><name>x</name></pool>") == nil) }

    @Test(
        "damage has a line",
        arguments: [
            "", "<domain>\n<name>", "<domain>\n</network>", "not xml", "<domain>&nothing;</domain>",
            "<domain><name>\u{0}</name></domain>",
        ])
    func damaged(_ text: String) { #expect(throws: LibvirtDocument.Damage.self) { try object(text) } }

    @Test("an address that does not read is damage, and so are elements without end")
    func unreadable() {
        #expect(throws: LibvirtDocument.Damage.self) { try object(domain(Self.hostdev("managed='yes'", bus: "0x400"))) }
        let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
        #expect(throws: LibvirtDocument.Damage.self) { try object(deep) }
    }
}
