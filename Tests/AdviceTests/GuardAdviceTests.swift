import Advice
import Passthrough
import Testing

@Suite("Advice about a guard that refuses")
struct GuardAdviceTests {
    private let address = PCIAddress(domain: 0, bus: 3, device: 0, function: 0)

    private func advice(
        _ name: Guard, _ evidence: [Evidence], _ verdict: GuardVerdict = .busy, isOverridable: Bool = true,
        policy: String? = "p"
    ) throws -> String? {
        let found = UseFinding(verdict, evidence, isOverridable: isOverridable)
        let finding = GuardFinding(name, found, setting: .enforce, isComplete: true)
        // What another process or a file says of the same evidence leads to the same advice.
        let recorded = GuardFinding(name, found.recorded, setting: .enforce, isComplete: true)
        let address = try #require(address)
        let text = GuardAdvice(finding, on: address, policy: policy).text
        #expect(GuardAdvice(recorded, on: address, policy: policy).text == text)
        return text
    }

    private static let disks: [(DiskUse, String)] = [
        (.mounted(MountPoint("/srv/swap")), "unmount it first"),
        (.mounted(MountPoint("/", isOwn: false)), "unmount it first"),
        (.overlay(MountPoint("/merged")), "unmount it first"), (.btrfs(points: []), "unmount it first"),
        (.swap, "switch the swap off with swapoff(8) first"),
        (.swapFile("/mounted on/x"), "switch the swap off with swapoff(8) first"),
        (.loop("loop0", file: "/a"), "detach the loop device with losetup(8) first"),
        (.loopFile("/swap", loop: "loop0"), "detach the loop device with losetup(8) first"),
        (.array("md0", level: "raid1"), "stop the array with mdadm(8) first"),
        (.bcache("bcache0"), "stop the bcache device first"),
        (.encrypted("dm-0", mapped: "x"), "close the encrypted disk with cryptsetup(8) first"),
        (.held(by: "dm-0", mapped: "marked as swap"), "stop what holds it first"),
        (.volumeGroup("vg", [.swap]), "deactivate the volume group with vgchange(8) first"),
        (.named(.swap), "take it out of the file that names it first"),
    ]

    @Test("the way to free a disk depends on how it is used, never on names", arguments: disks)
    func disk(_ use: DiskUse, _ wanted: String) throws {
        #expect(try advice(.storage, [.disk("swap", use)]) == wanted)
    }

    @Test("several uses are ended in their order")
    func order() throws {
        let evidence: [Evidence] = [
            .disk("sda1", .held(by: "dm-0", mapped: "x")), .disk("dm-0", .mounted(MountPoint("/srv"))),
        ]
        #expect(try advice(.storage, evidence) == "unmount it, then stop what holds it first")
    }

    @Test(
        "nobody is told to destroy data",
        arguments: [
            DiskUse.inactive(.physicalVolume), .inactive(.array(label: "a")), .inactive(.bcache),
            .inactive(.other("isw_raid_member")), .pool("tank", points: []), .pool(nil, points: [MountPoint("/tank")]),
        ])
    func members(_ use: DiskUse) throws {
        let text = try #require(try advice(.storage, [.disk("sda1", use)]))
        #expect(text.contains("--override storage, or guards = { storage = \"off\" }"))
        #expect(try advice(.storage, [.disk("sda1", use)], policy: nil)?.hasSuffix("--override storage") == true)
    }

    @Test("no advice for any kind names a command that destroys data", arguments: EvidenceKind.allCases)
    func harmless(_ kind: EvidenceKind) throws {
        for name in Guard.allCases {
            for verdict in [GuardVerdict.busy, .unknown] {
                let text = try advice(name, [.recorded("x", kind)], verdict) ?? ""
                for word in ["wipefs", "dd ", "mkfs", "--zero", "destroy", "labelclear", "remove --force"] {
                    #expect(!text.contains(word))
                }
            }
        }
    }

    @Test("the disk of the running system is never passed over")
    func system() throws {
        let root: [Evidence] = [.disk("sda1", .mounted(MountPoint("/")))]
        #expect(try advice(.storage, root, isOverridable: false)?.contains("cannot be overridden") == true)
        let old: [Evidence] = [.remembered(since: 0, root[0])]
        #expect(try advice(.storage, old, isOverridable: false)?.contains("cannot be overridden") == true)
        #expect(try advice(.storage, old) == "`vfio-rebind forget 0000:03:00.0` if that is no longer true")
    }

    @Test(
        "a text without a kind has general advice",
        arguments: [
            (Guard.storage, "stop what uses it first"), (.open, "end the process, or stop its unit, first"),
            (.network, "move its addresses, routes and interfaces on top of it to another card first"),
        ])
    func texts(_ name: Guard, _ wanted: String) throws {
        let misleading = "swap is mounted on / and marked as swap by systemd-logind.service"
        #expect(try advice(name, [.recorded(misleading)]) == wanted)
    }

    @Test("a session is ended, not the manager of sessions")
    func session() throws {
        let manager = HoldingProcess(pid: 700, command: "systemd-logind", unit: "systemd-logind.service")
        let player = HoldingProcess(pid: 701, command: "mpv", unit: "systemd-logind-fan.service")
        let node = "/dev/input/event3"
        #expect(try advice(.open, [.open(node: node, manager)])?.contains("--override open, or guards") == true)
        #expect(try advice(.open, [.open(node: node, player)])?.contains("stop its unit") == true)
    }

    private func member(_ state: GroupObstacle.State) throws -> Evidence {
        .groupMember(4, GroupObstacle(member: try #require(PCIAddress("0000:03:00.1")), state: state))
    }

    @Test("the whole group is only named where it can be passed through")
    func group() throws {
        let nvme = try #require(DriverName("nvme"))
        let unnamed = try member(.stays(nvme, .unnamed(refusing: nil)))
        let used = try member(.stays(nvme, .unnamed(refusing: .storage)))
        #expect(try advice(.group, [unnamed])?.contains("group = \"whole\"") == true)
        #expect(try advice(.group, [unnamed], policy: nil)?.hasPrefix("add the other functions") == true)
        for others in [[used], [unnamed, used], [used, unnamed]] {
            #expect(try advice(.group, others)?.contains("whole") == false)
        }
        let refused = try member(.stays(nvme, .refused(by: .storage)))
        #expect(try advice(.group, [refused]) == nil && advice(.group, [unnamed, refused]) == nil)
        let ignored = try member(.stays(nvme, .ignored(policy: "q")))
        #expect(try advice(.group, [ignored])?.contains("change the policy of that function") == true)
        #expect(try advice(.group, [member(.stays(nvme, .held))])?.contains("lifts the hold") == true)
        #expect(try advice(.group, [member(.bridge(nvme))])?.contains("driver of the bridge") == true)
    }

    @Test("an interface is freed as it is used; the IOMMU may be gone without where that is allowed")
    func others() throws {
        let route = Evidence.interface("eth0", .defaultRoute(table: 254, isV6: false))
        let bridge = Evidence.interface("eth0", .member(of: "br0"))
        #expect(
            try advice(.network, [bridge, route])
                == "move the default route to another card, then take it out of what it belongs to first")
        #expect(try advice(.iommu, [.iommu(.noGroup)], isOverridable: false)?.contains("--override") == false)
        #expect(try advice(.iommu, [.iommu(.noIOMMUMode)])?.contains("--override iommu") == true)
        #expect(try advice(.storage, [.needsRoot], .unknown) == "run it as root")
        #expect(try advice(.target, [.driver(.nameOfModule)]) == "write driver = \"vfio-pci\"")
    }
}
