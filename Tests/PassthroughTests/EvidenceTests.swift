import Passthrough
import Testing

@Suite("Evidence")
struct EvidenceTests {
    @Test("a text has nothing in it that a terminal acts upon, and is recorded with its kind")
    func printable() {
        let evidence = Evidence.disk("sda", .mounted(MountPoint("/media/\u{1b}]0;x\u{7}\n")))
        #expect(evidence.text == "sda is mounted on /media/\\u{1b}]0;x\\u{7}\\u{a}")
        #expect(evidence.recorded == .recorded(evidence.text, .mounted))
        #expect(evidence.recorded.text == evidence.text && evidence.recorded.kind == .mounted)
        #expect(Evidence.recorded("x").kind == nil)
        #expect(
            Evidence.remembered(since: 0, evidence.recorded).text
                == "remembered since 1970-01-01T00:00:00Z: \(evidence.text)")
    }

    @Test(
        "the disk of the system is known by where it is mounted, not by what is written",
        arguments: [
            (DiskUse.mounted(MountPoint("/")), true), (.mounted(MountPoint("/usr")), true),
            (.mounted(MountPoint("/", isOwn: false)), false), (.mounted(MountPoint("/srv/usr")), false),
            (.swapFile(" is mounted on /"), false), (.overlay(MountPoint("/")), true),
            (.btrfs(points: [MountPoint("/data"), MountPoint("/boot")]), true), (.btrfs(points: []), false),
            (.pool("rpool", points: [MountPoint("/")]), true), (.pool("/", points: []), false),
            (.named(.fileSystem(point: "/boot")), true), (.named(.kernelParameter("root")), true),
            (.named(.kernelParameter("resume")), false), (.named(.encrypted(name: "/")), false),
            (.volumeGroup("vg", [.swap, .mounted(MountPoint("/"))]), true), (.volumeGroup("/", [.swap]), false),
        ])
    func system(_ use: DiskUse, _ isSystem: Bool) {
        #expect(use.isSystem == isSystem && Evidence.disk("sda", use).isSystem == isSystem)
        #expect(!Evidence.disk("sda", use).recorded.isSystem)
    }

    @Test("uses of a volume group are told once each")
    func volumes() {
        let uses: [DiskUse] = [.mounted(MountPoint("/var")), .swap, .mounted(MountPoint("/var"))]
        #expect(
            Evidence.disk("sda2", .volumeGroup("vg-0", uses)).text
                == "sda2 is a physical volume of vg-0, mounted on /var, swap")
    }

    @Test("every kind has a name of its own, in small letters", arguments: EvidenceKind.allCases)
    func names(_ kind: EvidenceKind) {
        #expect(kind.rawValue.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x61...0x7a).contains($0) })
        #expect(EvidenceKind(rawValue: kind.rawValue) == kind)
    }

    @Test(
        "a verdict is judged by what was found, the setting and whether all could be seen",
        arguments: [
            (GuardVerdict.busy, true, GuardSetting.enforce, false, true), (.busy, true, .warn, true, false),
            (.busy, true, .off, true, false), (.busy, false, .warn, false, true), (.busy, false, .off, true, true),
            (.unknown, true, .enforce, true, true), (.unknown, true, .enforce, false, false),
            (.unknown, false, .warn, true, false), (.free, false, .enforce, true, false),
        ] as [(GuardVerdict, Bool, GuardSetting, Bool, Bool)])
    func verdicts(
        _ verdict: GuardVerdict, _ isOverridable: Bool, _ setting: GuardSetting, _ isComplete: Bool, _ refuses: Bool
    ) {
        let found = UseFinding(verdict, isOverridable: isOverridable)
        #expect(GuardFinding(.storage, found, setting: setting, isComplete: isComplete).refuses == refuses)
    }
}
