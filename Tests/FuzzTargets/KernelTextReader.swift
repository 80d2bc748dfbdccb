import Host
import HostFiles
import Passthrough

/// The texts that guards look at, around a disk with a partition and an interface of one function.
struct KernelTextReader: FuzzReader {
    private let folder: FuzzFolder
    private let function: PCIFunction

    private static let disk = "\(SysfsPath.device(FuzzInput.address))/nvme/nvme0/nvme0n1"
    private static let interface = "\(SysfsPath.device(FuzzInput.address))/net/eth0"
    private static let names = [
        "/proc/self/mountinfo", "/proc/1/mountinfo", "/proc/7/mountinfo", "/proc/mounts", "/proc/swaps",
        "/proc/net/route", "/proc/net/ipv6_route", "/proc/net/if_inet6", "/proc/cmdline", "/proc/consoles",
        "/proc/7/comm", "/proc/7/stat", "/proc/7/cgroup", "/etc/fstab", "/etc/crypttab", "/run/udev/data/b259:0",
        "/run/udev/data/b259:1", "\(disk)/dev", "\(disk)/nvme0n1p1/dev", "\(interface)/flags", "\(interface)/operstate",
        "\(SysfsPath.device(FuzzInput.address))/boot_vga", "\(SysfsPath.device(FuzzInput.address))/enable",
        "/etc/libvirt/qemu/guest.xml",
    ]

    init() throws {
        folder = try FuzzFolder()
        for name in KernelTextReader.names { try folder.file(name, "") }
        let device = SysfsPath.device(FuzzInput.address)
        for (name, text) in [("vendor", "0x8086"), ("device", "0x5845"), ("class", "0x010802")] {
            try folder.file("\(device)/\(name)", "\(text)\n")
        }
        try folder.folder(SysfsPath.drivers + "/nvme")
        try folder.link("\(device)/driver", to: "../../drivers/nvme")
        try folder.file("\(KernelTextReader.disk)/nvme0n1p1/partition", "1\n")
        for name in ["", "/nvme0n1p1"] { try folder.folder("\(KernelTextReader.disk)\(name)/holders") }
        try folder.link("/sys/class/block/nvme0n1", to: KernelTextReader.disk)
        try folder.link("/sys/class/block/nvme0n1p1", to: "\(KernelTextReader.disk)/nvme0n1p1")
        try folder.link("/sys/class/net/eth0", to: KernelTextReader.interface)
        try folder.link("/proc/7/ns/mnt", to: "mnt:[4026531999]")
        try folder.link("/proc/7/ns/net", to: "net:[4026531840]")
        try folder.link("/proc/7/fd/3", to: "/dev/nvme0n1")
        guard let function = HostReader(root: folder.root).function(at: FuzzInput.address) else {
            preconditionFailure("the made-up function does not read")
        }
        self.function = function
    }

    func complaint(_ bytes: [UInt8]) -> String? {
        folder.fill(KernelTextReader.names, from: bytes)
        let uses = UseReader(root: folder.root).uses(of: [function])[function.address] ?? [:]
        for (name, finding) in uses where finding.verdict == .busy && finding.evidence.isEmpty {
            return "\(name.rawValue) is busy without evidence"
        }
        return uses[.storage] == nil ? "nobody asked about its disk" : nil
    }
}
