import HostFiles
import Passthrough
import SystemPackage
import Testing

@testable import Host

@Suite("Reading functions")
struct HostReaderTests {
    private let host: MadeUpHost
    private let address = Scenario.address(1)
    private var reader: HostReader { HostReader(root: host.root) }

    init() throws { host = try MadeUpHost() }

    @Test("all that sysfs says of a function")
    func function() throws {
        let bridge = Scenario.address(0)
        try host.add(bridge, classCode: "0x060400", driver: nil, group: nil, header: 0x81)
        try host.add(address, below: "/\(bridge)")
        let folder = MadeUpHost.folder(address, below: "/\(bridge)")
        try host.tree.file("\(folder)/subsystem_vendor", "0x15b3\n")
        try host.tree.file("\(folder)/subsystem_device", "0x0007\n")
        try host.tree.file("\(folder)/revision", "0x1f\n")
        try host.tree.file("\(folder)/numa_node", "-1\n")
        for index in 0..<3 { try host.tree.link("\(folder)/virtfn\(index)", to: "../0000:01:01.\(index + 1)") }
        let function = try #require(reader.function(at: address))
        #expect(function.id == Scenario.card && function.subsystem == PCIID(vendor: 0x15b3, device: 7))
        #expect(function.classCode == ClassCode(0x020000) && function.revision == 0x1f)
        #expect(function.driver == Scenario.mlx4 && function.iommuGroup == 1 && function.numaNode == nil)
        #expect(function.virtualFunctionCount == 3 && function.headerType == 0 && !function.isBridge)
        #expect(function.path == [bridge, address] && function.role == .physical)
        #expect(function.driverOverride == nil, "reading it takes a lock")
        try host.tree.file("\(folder)/numa_node", "1\n")
        let brief = HostReader(root: host.root, isBrief: true).function(at: address)
        #expect(reader.function(at: address)?.numaNode == 1 && brief?.numaNode == nil && brief?.revision == 0)
        #expect(HostReader(root: host.root, wanted: .numaNode, isBrief: true).function(at: address)?.numaNode == 1)
        try host.tree.file("\(folder)/modalias", "pci:v00008086d000010D3sv00000000sd00000000bc02sc00i00\n")
        #expect(reader.function(at: address)?.id == Scenario.card, "a made-up tree's ids stand in their own files")
        let above = try #require(reader.function(at: bridge))
        #expect(above.isBridge && above.headerType == 0x81 && above.iommuGroup == nil && above.driver == nil)
        #expect(try reader.functions().map(\.address) == [bridge, address])
    }

    @Test("whether one is alone in its group")
    func loners() throws {
        try host.add(address, group: 7)
        try host.tree.link("/sys/kernel/iommu_groups/7/devices/\(address)", to: MadeUpHost.folder(address))
        let function = try #require(reader.function(at: address))
        #expect(reader.isAlone(function))
        let mate = Scenario.address(2)
        try host.add(mate, group: 7)
        try host.tree.link("/sys/kernel/iommu_groups/7/devices/\(mate)", to: MadeUpHost.folder(mate))
        let other = try #require(reader.function(at: mate))
        #expect(!reader.isAlone(function) && !reader.isAlone(other))
        try host.add(Scenario.address(3), driver: nil, group: nil)
        let groupless = try #require(reader.function(at: Scenario.address(3)))
        #expect(reader.isAlone(groupless))
    }

    @Test("a reading holds while the same card is on the same driver")
    func readings() throws {
        try host.add(address)
        let reading = try #require(reader.reading(of: address))
        #expect(reading.function == reader.function(at: address) && reader.stillHolds(reading))
        try host.root.remove("\(MadeUpHost.folder(address))/driver")
        #expect(!reader.stillHolds(reading))
        let unbound = try #require(reader.reading(of: address))
        #expect(reader.stillHolds(unbound))
        try host.root.removeTree(MadeUpHost.folder(address))
        try host.root.remove(SysfsPath.device(address))
        #expect(!reader.stillHolds(unbound) && reader.reading(of: address) == nil)
    }

    @Test("a virtual function names its physical one")
    func virtual() throws {
        try host.add(address)
        try host.add(Scenario.address(1, 1), driver: nil)
        try host.tree.link("\(MadeUpHost.folder(Scenario.address(1, 1)))/physfn", to: "../\(address)")
        let function = try #require(reader.function(at: Scenario.address(1, 1)))
        #expect(function.physicalFunction == address && function.role == .virtual)
    }

    @Test("one that was pulled out and not yet taken away answers all ones: that makes no bridge of it")
    func surprise() throws {
        try host.add(address, header: 0xff)
        let function = try #require(reader.function(at: address))
        #expect(function.headerType == nil && !function.isBridge)
    }

    @Test("what is cut, missing or not there")
    func damaged() throws {
        #expect(reader.function(at: address) == nil)
        #expect(reader.instance(of: address) == nil && reader.driver(of: address) == nil)
        try host.add(address, header: nil)
        try host.tree.file("\(MadeUpHost.folder(address))/class", "nonsense\n")
        #expect(reader.function(at: address)?.headerType == nil)
        #expect(reader.function(at: address)?.classCode == ClassCode(0))
        try host.tree.file("\(MadeUpHost.folder(address))/vendor", "15b3\n")
        #expect(reader.function(at: address) == nil && reader.instance(of: address) != nil)
        #expect(throws: HostReader.Failure.self) { _ = try HostReader(root: try TemporaryTree().root).functions() }
    }

    @Test("VFIO's device is vfio-dev or the node of the group")
    func device() throws {
        try host.add(address, group: 5)
        #expect(!reader.hasVFIODevice(address))
        try host.tree.file("/dev/vfio/5", "")
        #expect(reader.hasVFIODevice(address))
        try host.add(Scenario.address(2), group: 6)
        try host.tree.folder("\(MadeUpHost.folder(Scenario.address(2)))/vfio-dev/vfio0")
        #expect(reader.hasVFIODevice(Scenario.address(2)))
    }

    @Test("a driver is registered, loadable by modules.dep, or missing")
    func drivers() throws {
        try host.tree.file(
            "/lib/modules/6.12/modules.dep",
            "kernel/drivers/pci/pci-stub.ko.xz:\nkernel/a/my-driver.ko: kernel/a/other_one.ko\n")
        let reader = ModuleDatabase(root: host.root)
        #expect(reader.presence(of: .vfioPCI) == .registered)
        #expect(reader.presence(of: .pciStub) == .loadable)
        #expect(reader.presence(of: Scenario.name("my_driver")) == .loadable)
        #expect(reader.presence(of: Scenario.name("other_one")) == .missing)
        try host.tree.folder("/sys/bus/pci/drivers/pci-stub")
        #expect(reader.presence(of: .pciStub) == .loadable, "its module is being loaded")
        try host.tree.file("/sys/bus/pci/drivers/pci-stub/bind", "")
        #expect(reader.presence(of: .pciStub) == .registered)
    }
}
