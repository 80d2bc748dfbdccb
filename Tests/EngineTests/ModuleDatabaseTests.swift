import HostFiles
import Passthrough
import Testing

@testable import Host

@Suite("Reading variant drivers")
struct ModuleDatabaseTests {
    private let host: MadeUpHost
    private let card = PCIFunction(address: Scenario.address(1), id: Scenario.card, classCode: ClassCode(0x020000))

    init() throws {
        host = try MadeUpHost()
        try host.tree.file("/proc/sys/kernel/osrelease", "6.12.0\n")
    }

    private var best: DriverName? { ModuleDatabase(root: host.root).variants().best(for: card) }

    @Test("without modules.alias no choice can be made")
    func unreadable() throws {
        #expect(
            ModuleDatabase(root: host.root).variants().failure?.contains("/lib/modules/6.12.0/modules.alias") == true)
        try host.tree.file("/lib/modules/6.12.0/modules.alias", "# Aliases\nalias pci:v*d* other\n")
        #expect(ModuleDatabase(root: host.root).variants().failure == nil && best == nil)
        let empty = try TemporaryTree()
        #expect(ModuleDatabase(root: empty.root).variants().failure?.contains("release") == true)
    }

    @Test("a module names its driver once it is there, else by its own name")
    func drivers() throws {
        let alias = "alias vfio_pci:v000015B3d00001003sv*sd*bc*sc*i*"
        try host.tree.file(
            "/lib/modules/6.12.0/modules.alias", "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n\(alias) my_vfio_pci\n")
        #expect(best == DriverName("my_vfio_pci"))
        try host.tree.folder("/sys/module/my_vfio_pci/drivers/pci:my-vfio-pci")
        #expect(best == DriverName("my-vfio-pci"))
        try host.tree.file("/lib/modules/6.12.0/modules.alias", "\(alias) pds-vfio-pci\n")
        #expect(best == DriverName("pds-vfio-pci"))
        try host.tree.file("/lib/modules/6.12.0/modules.alias", "\(alias) vfio_pci\n")
        #expect(best == .vfioPCI)
    }

    @Test("a variant that is built in stands in modules.builtin.modinfo")
    func builtIn() throws {
        try host.tree.file("/lib/modules/6.12.0/modules.alias", "")
        try host.tree.file(
            "/lib/modules/6.12.0/modules.builtin.modinfo",
            "a.alias=pci:v*\0my_vfio_pci.license=GPL\0my_vfio_pci.alias=vfio_pci:v000015B3d*sv*sd*bc*sc*i*\0=\0")
        #expect(best == DriverName("my_vfio_pci"))
    }
}
