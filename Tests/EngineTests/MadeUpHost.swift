import HostFiles
import Passthrough
import SystemPackage

@testable import Host

/// A made-up sysfs: files and links as the kernel shows them, which do not change by themselves.
struct MadeUpHost {
    let tree: TemporaryTree
    var root: Root { tree.root }

    init() throws {
        tree = try TemporaryTree()
        try tree.folder(SysfsPath.devices)
        for driver in ["vfio-pci", "mlx4_core", "e1000e"] { try add(driver: driver) }
    }

    func add(driver: String) throws {
        for attribute in ["bind", "unbind", "new_id", "remove_id"] {
            try tree.file("\(SysfsPath.drivers)/\(driver)/\(attribute)", "")
        }
    }

    /// The folder of a function below `/sys/devices`.
    static func folder(_ address: PCIAddress, below path: String = "") -> String {
        "/sys/devices/pci0000:00\(path)/\(address)"
    }

    func add(
        _ address: PCIAddress, id: PCIID = Scenario.card, classCode: String = "0x020000", driver: String? = "mlx4_core",
        group: Int? = 1, below path: String = "", header: UInt8? = 0
    ) throws {
        let folder = MadeUpHost.folder(address, below: path)
        try tree.file("\(folder)/vendor", "0x\(Hexadecimal.text(UInt64(id.vendor), digits: 4))\n")
        try tree.file("\(folder)/device", "0x\(Hexadecimal.text(UInt64(id.device), digits: 4))\n")
        try tree.file("\(folder)/class", "\(classCode)\n")
        try tree.file("\(folder)/driver_override", "(null)\n")
        if let header {
            var bytes = [UInt8](repeating: 0, count: 64)
            bytes[0x0e] = header
            try tree.file("\(folder)/config", bytes: bytes)
        }
        if let driver { try tree.link("\(folder)/driver", to: "\(SysfsPath.drivers)/\(driver)") }
        if let group { try tree.link("\(folder)/iommu_group", to: "/sys/kernel/iommu_groups/\(group)") }
        try tree.link("\(SysfsPath.devices)/\(address)", to: "../../..\(folder.dropFirst(4))")
    }

    /// A block device below a function, or `virtual`; partitions are named with their disk.
    func addBlock(_ name: String, below folder: String, number: String, isPartition: Bool = false) throws {
        try tree.file("\(folder)/\(name)/dev", "\(number)\n")
        try tree.file("\(folder)/\(name)/size", "8\n")
        try tree.folder("\(folder)/\(name)/holders")
        if isPartition { try tree.file("\(folder)/\(name)/partition", "1\n") }
        try tree.link("/sys/class/block/\(name)", to: "../..\(folder.dropFirst(4))/\(name)")
    }

    func addInterface(_ name: String, below folder: String, isUp: Bool = true) throws {
        try tree.file("\(folder)/net/\(name)/flags", isUp ? "0x1003\n" : "0x1002\n")
        try tree.link("/sys/class/net/\(name)", to: "../..\(folder.dropFirst(4))/net/\(name)")
    }

    func addProcess(_ pid: Int, command: String = "qemu", network: Int = 1, files: [String] = []) throws {
        try tree.link("/proc/\(pid)/ns/mnt", to: "mnt:[1]")
        try tree.link("/proc/\(pid)/ns/net", to: "net:[\(network)]")
        try tree.file("/proc/\(pid)/comm", "\(command)\n")
        try tree.folder("/proc/\(pid)/fd")
        for (number, target) in files.enumerated() { try tree.link("/proc/\(pid)/fd/\(number)", to: target) }
    }

    func finding(_ name: Guard, _ address: PCIAddress) -> UseFinding? {
        guard let function = HostReader(root: root).function(at: address) else { return nil }
        return UseReader(root: root).uses(of: [function])[address]?[name]
    }
}
