import HostFiles
import Passthrough
import SystemPackage
import Testing

@Suite("Evidence of use")
struct UseReaderTests {
    private let host: MadeUpHost
    private let address = Scenario.address(1)
    private var folder: String { MadeUpHost.folder(address) }

    init() throws {
        host = try MadeUpHost()
        try host.add(address)
    }

    private func mount(_ line: String) throws {
        try host.tree.file("/proc/self/mountinfo", "20 1 0:20 / /proc rw - proc proc rw\n\(line)\n")
    }

    // MARK: Storage

    @Test("a function without disks says nothing; a disk that nobody uses is free")
    func unused() throws {
        #expect(host.finding(.storage, address) == nil)
        try host.addBlock("sda", below: "\(folder)/block", number: "8:0")
        #expect(host.finding(.storage, address) == UseFinding(.free))
    }

    @Test("a mounted partition, by its number or by its name", arguments: ["8:1", "0:99"])
    func mounted(_ number: String) throws {
        try host.addBlock("sda", below: "\(folder)/block", number: "8:0")
        try host.addBlock("sda1", below: "\(folder)/block/sda", number: "8:1", isPartition: true)
        try mount("21 1 \(number) / /srv/my\\040data rw - ext4 /dev/sda1 rw")
        #expect(
            host.finding(.storage, address) == UseFinding(.busy, [.disk("sda1", .mounted(MountPoint("/srv/my data")))]))
    }

    @Test("the disk of the system is never given away", arguments: ["/", "/boot", "/usr", "/boot/efi"])
    func system(_ point: String) throws {
        try host.addBlock("sda", below: "\(folder)/block", number: "8:0")
        try mount("21 1 8:0 / \(point) rw - ext4 /dev/sda rw")
        #expect(host.finding(.storage, address)?.isOverridable == false)
    }

    @Test("swap")
    func swap() throws {
        try host.addBlock("sda", below: "\(folder)/block", number: "8:0")
        try host.addBlock("sda2", below: "\(folder)/block/sda", number: "8:2", isPartition: true)
        try host.tree.file("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition\t1\t0\t-2\n")
        #expect(host.finding(.storage, address) == UseFinding(.busy, [.disk("sda2", .swap)]))
    }

    @Test("holders are followed to what is mounted on them")
    func holders() throws {
        try host.addBlock("sda", below: "\(folder)/block", number: "8:0")
        try host.addBlock("sda1", below: "\(folder)/block/sda", number: "8:1", isPartition: true)
        try host.addBlock("dm-0", below: "/sys/devices/virtual/block", number: "253:0")
        try host.tree.file("/sys/devices/virtual/block/dm-0/dm/name", "vg-root\n")
        try host.tree.link("\(folder)/block/sda/sda1/holders/dm-0", to: "/sys/devices/virtual/block/dm-0")
        try mount("21 1 0:50 / / rw - btrfs /dev/mapper/vg-root rw")
        let finding = host.finding(.storage, address)
        #expect(
            finding?.evidence == [
                .disk("sda1", .held(by: "dm-0", mapped: "vg-root")), .disk("dm-0", .mounted(MountPoint("/"))),
            ])
        #expect(finding?.isOverridable == false)
    }

    @Test("heads of NVMe multipath count below each of their paths")
    func multipath() throws {
        let second = Scenario.address(2)
        try host.add(second, group: 2)
        let subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0"
        for (index, path) in [folder, MadeUpHost.folder(second)].enumerated() {
            try host.tree.folder("\(path)/nvme/nvme\(index)")
            try host.tree.link("\(subsystem)/nvme\(index)", to: "../../../..\(path.dropFirst(12))/nvme/nvme\(index)")
        }
        try host.addBlock("nvme0n1", below: subsystem, number: "259:0")
        try host.tree.link("/sys/class/nvme-subsystem/nvme-subsys0", to: subsystem)
        try mount("21 1 259:0 / /data rw - xfs /dev/nvme0n1 rw")
        for each in [address, second] {
            #expect(host.finding(.storage, each)?.evidence == [.disk("nvme0n1", .mounted(MountPoint("/data")))])
        }
    }

    // MARK: Network

    private func route(_ name: String, destination: String = "00000000", mask: String = "00000000") throws {
        try host.tree.file(
            "/proc/net/route",
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\(name)\t\(destination)\t0\t0001\t0\t0\t0\t\(mask)\n"
        )
    }

    @Test("default routes of both families")
    func routes() throws {
        try host.addInterface("eth0", below: folder, isUp: false)
        #expect(host.finding(.network, address) == UseFinding(.free))
        try route("eth0")
        #expect(
            host.finding(.network, address)?.evidence == [.interface("eth0", .defaultRoute(table: 254, isV6: false))])
        let zero = String(repeating: "0", count: 32)
        try host.tree.file(
            "/proc/net/ipv6_route",
            "\(zero) 00 \(zero) 00 fe80\(zero.dropFirst(4)) 00000400 1 0 00000003 eth0\n\(zero) 00 \(zero) 00 \(zero) ffffffff 1 0 00200200 lo\n"
        )
        #expect(host.finding(.network, address)?.evidence.count == 2)
        try route("eth1")
        #expect(
            host.finding(.network, address)?.evidence == [.interface("eth0", .defaultRoute(table: 254, isV6: true))])
    }

    @Test("up with an address; link-local and down do not count")
    func addresses() throws {
        try host.addInterface("eth0", below: folder)
        try route("eth0", destination: "0000FEA9", mask: "0000FFFF")
        #expect(host.finding(.network, address)?.verdict == .free)
        try route("eth0", destination: "0000A8C0", mask: "00FFFFFF")
        #expect(host.finding(.network, address)?.evidence == [.interface("eth0", .address("192.168.0.0/24"))])
        try host.tree.file("\(folder)/net/eth0/flags", "0x1002\n")
        #expect(host.finding(.network, address)?.verdict == .free)
        try host.tree.file("\(folder)/net/eth0/flags", "0x1003\n")
        try route("eth1")
        try host.tree.file(
            "/proc/net/if_inet6",
            "fe800000000000000000000000000001 02 40 20 80 eth0\n20010db8000000000000000000000001 02 40 00 80 eth0\n")
        #expect(host.finding(.network, address)?.evidence.count == 1)
    }

    @Test("members of bonds and bridges, and what is on top")
    func masters() throws {
        try host.addInterface("eth0", below: folder, isUp: false)
        try host.tree.link("\(folder)/net/eth0/master", to: "../../../../virtual/net/bond0")
        try host.tree.link("\(folder)/net/eth0/upper_bond0", to: "../../../../virtual/net/bond0")
        try host.tree.link("\(folder)/net/eth0/upper_eth0.5", to: "../../../../virtual/net/eth0.5")
        let wanted: [Evidence] = [.interface("eth0", .member(of: "bond0")), .interface("eth0", .lower(of: "eth0.5"))]
        #expect(host.finding(.network, address)?.evidence == wanted)
    }

    @Test("an interface deeper below counts")
    func deeper() throws {
        try host.addInterface("eth0", below: "\(folder)/virtio0", isUp: false)
        try route("eth0")
        #expect(host.finding(.network, address)?.verdict == .busy)
    }

    @Test("a network driver without interfaces is unknown while there are other namespaces")
    func namespaces() throws {
        try host.addProcess(1)
        try host.addProcess(2)
        #expect(host.finding(.network, address)?.verdict == .free)
        try host.addProcess(3, network: 2)
        #expect(host.finding(.network, address)?.verdict == .unknown)
    }

    // MARK: VFIO

    @Test("a process with the node of the group, or of the device, is in use")
    func inUse() throws {
        let own = Scenario.address(2)
        try host.add(own, driver: "vfio-pci", group: 7)
        try host.tree.folder("\(MadeUpHost.folder(own))/vfio-dev/vfio3")
        #expect(host.finding(.inUse, address) == nil)
        #expect(host.finding(.inUse, own) == UseFinding(.free))
        try host.addProcess(10, command: "sh", files: ["/dev/null", "/dev/vfio/8"])
        #expect(host.finding(.inUse, own)?.verdict == .free)
        try host.tree.file("\(MadeUpHost.folder(own))/enable", "1\n")
        #expect(host.finding(.inUse, own)?.verdict == .unknown)
        #expect(host.finding(.inUse, own)?.isOverridable == true)
        try host.addProcess(11, files: ["/dev/vfio/vfio", "/dev/vfio/7"])
        try host.addProcess(12, files: ["/dev/vfio/devices/vfio3"])
        let finding = host.finding(.inUse, own)
        #expect(finding?.verdict == .busy && finding?.isOverridable == false)
        #expect(finding?.evidence.count == 2)
        #expect(
            finding?.evidence.first
                == .open(node: "/dev/vfio/7", HoldingProcess(pid: 11, command: "qemu", unit: nil)))
    }
}
