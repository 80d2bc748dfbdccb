extension Evidence {
    /// One sentence that names the thing, on one line: `nvme0n1p2 is mounted on /var`.
    package var text: String { sentence.printable }

    private var sentence: String {
        switch self {
        case .disk(let name, .loopFile(let file, let loop)): "\(name) holds \(file), which is behind \(loop)"
        case .disk(let name, let use): "\(name) is \(use.phrase)"
        case .awaitedDisk(let name, let reference):
            "\(name), \(reference.phrase), is not there yet: it may be on this function"
        case .interface(let name, let use): use.sentence(of: name)
        case .hiddenInterfaces(let driver, let count):
            "\(driver) shows no interface here; \(count) other network namespaces were not looked into"
        case .console(let role): role.sentence
        case .open(let node, let process): "\(node) is open in \(process.title)"
        case .enabled(let process): "it is enabled, and \(process.title) holds a VFIO device"
        case .enabledByNobody(let count): "it is enabled (enable is \(count)), and no holder was found"
        case .libvirt(let kind, let name, let isRunning):
            "held by libvirt \(kind.rawValue) \(name), managed\(isRunning ? "" : " (defined)")"
        case .unreadable(let place, let reason): "\(place): \(reason): it may list this function"
        case .recorded(let text, _): text
        case .remembered(let time, let evidence): "remembered since \(Timestamp.text(time)): \(evidence.text)"
        case .needsRoot: "needs root"
        default: reasonOfPlan
        }
    }

    /// What planning itself finds.
    private var reasonOfPlan: String {
        switch self {
        case .bridge(let classCode, let header):
            "it is a bridge (class \(classCode)\(header.map { ", header type \($0 & 0x7f)" } ?? ""))"
        case .driver(let obstacle): obstacle.sentence
        case .iommu(.noGroup): "it has no IOMMU group: the IOMMU is off or does not cover it"
        case .iommu(.noIOMMUMode): "its IOMMU group belongs to the no-IOMMU mode, which isolates nothing"
        case .virtualFunctions(let count): "\(count) of its virtual functions are enabled"
        case .below(let address): "\(address) is behind it and is passed through too"
        case .groupMember(let group, let obstacle): "in IOMMU group \(group), \(obstacle.sentence)"
        case .bystander(let bystander): "new_id would bind \(bystander.text)"
        case .more(let count): "and \(count) more"
        case .replaced(let address, let old, let new):
            "\(address) is \(new) now, and was \(old) when it was last passed through"
        default: ""
        }
    }
}

extension DiskUse {
    /// Words that follow "NAME is".
    fileprivate var phrase: String {
        switch self {
        case .mounted(let point): "mounted on \(point.text)"
        case .btrfs(let points):
            "a disk of a btrfs file system that is mounted" + (points.isEmpty ? "" : " on \(points.texts)")
        case .overlay(let point): "below the overlay that is mounted on \(point.text)"
        case .swap: "swap"
        case .swapFile(let file): "the disk of the swap file \(file)"
        case .named(let reference): reference.phrase
        case .loopFile(let file, let loop): "the disk of \(file), which is behind \(loop)"
        case .loop(let name, let file): "behind \(name) (\(file))"
        case .array(let name, let level): "a member of \(name) (\(level))"
        case .bcache(let name): "a disk of \(name)"
        case .encrypted(let name, let mapped): "the encrypted disk of \(name) (\(mapped))"
        case .held(let name, let mapped): "held by \(name)" + (mapped.map { " (\($0))" } ?? "")
        case .volumeGroup(let group, let uses): "a physical volume of \(group), \(DiskUse.phrases(uses))"
        case .pool(let name, let points):
            "a member of the ZFS pool\(name.map { " \($0)" } ?? "")"
                + (points.isEmpty ? "" : ", mounted on \(points.texts)")
        case .inactive(let member): member.phrase
        }
    }

    /// Each use once, in the order in which they were found.
    private static func phrases(_ uses: [DiskUse]) -> String {
        var seen: Set<DiskUse> = []
        return uses.filter { seen.insert($0).inserted }.map(\.phrase).joined(separator: ", ")
    }
}

extension MountPoint {
    fileprivate var text: String { isForeign ? "\(path) of a container" : path }
}

extension [MountPoint] {
    fileprivate var texts: String { map(\.text).joined(separator: ", ") }
}

extension InactiveMember {
    fileprivate var phrase: String {
        switch self {
        case .physicalVolume: "a physical volume of LVM, of which no volume is active"
        case .array(let label): "a member of the array\(label.map { " \($0)" } ?? ""), which is not started"
        case .bcache: "a disk of bcache"
        case .other(let signature): "marked as \(signature)"
        }
    }
}

extension BootReference {
    fileprivate var phrase: String {
        switch self {
        case .fileSystem(let point): "named by /etc/fstab for \(point)"
        case .swap: "named by /etc/fstab for swap"
        case .encrypted(let name): "named by /etc/crypttab for \(name)"
        case .kernelParameter(let key): "named by \(key)= of the kernel's command line"
        }
    }
}

extension InterfaceUse {
    fileprivate func sentence(of name: String) -> String {
        switch self {
        case .defaultRoute(let table, let isV6):
            "\(name) carries the default route of table \(InterfaceUse.title(table)) (\(isV6 ? "IPv6" : "IPv4"))"
        case .address(let address): "\(name) is up with the address \(address)"
        case .member(let master): "\(name) belongs to \(master)"
        case .lower(let upper): "\(upper) is on top of \(name)"
        case .elsewhere(.process(let pid, let command)):
            "\(name) is in the network namespace of \(command) (pid \(pid))"
        case .elsewhere(.file(let path)): "\(name) is in the network namespace \(path)"
        }
    }

    /// RT_TABLE_DEFAULT, RT_TABLE_MAIN and RT_TABLE_LOCAL of rtnetlink(7).
    private static func title(_ table: UInt32) -> String {
        switch table {
        case 253: "default"
        case 254: "main"
        case 255: "local"
        default: String(table)
        }
    }
}

extension ConsoleRole {
    fileprivate var sentence: String {
        switch self {
        case .bootDisplay: "it is the display that the machine booted on (boot_vga is 1)"
        case .screen(let connector): "a screen is connected to \(connector)"
        case .framebuffer(let name): "the framebuffer console is on \(name)"
        case .kernelConsole(let name): "\(name) is a console of the kernel"
        }
    }
}

extension HoldingProcess {
    /// `nvidia-persistenced (pid 812, nvidia-persistenced.service)`.
    fileprivate var title: String { "\(command) (pid \(pid)\(unit.map { ", \($0)" } ?? ""))" }
}

extension DriverObstacle {
    fileprivate var sentence: String {
        switch self {
        case .missing(let driver):
            "driver \(driver) is not registered and there is no module \(driver.moduleName) to load"
        case .nameOfModule: "there is no driver vfio_pci, which is the module's name; did you mean vfio-pci?"
        case .denied(let id): "vfio-pci refuses \(id): it is on its deny list"
        case .unknownVariants(let failure): failure
        }
    }
}

extension GroupObstacle {
    fileprivate var sentence: String {
        switch state {
        case .goes(let driver): "\(member) is to be bound to \(driver), which is not a VFIO driver"
        case .bridge(let driver): "\(member), a bridge, is bound to \(driver)"
        case .stays(let driver?, let reason): "\(member) stays with \(driver): \(reason.text)"
        case .stays(nil, let reason): "\(member) stays without a driver: \(reason.text)"
        }
    }
}

extension Bystander {
    package var text: String { "\(address): \(reason.text)" }
}

extension StayReason {
    fileprivate var text: String {
        switch self {
        case .refused(let name): "it is refused by the guard \(name.rawValue)"
        case .ignored(let policy): "policy \(policy) ignores it"
        case .decided(let policy): "policy \(policy) decides about it"
        case .assigned: "a policy assigns it to that driver"
        case .held: "it was released by hand, and is on hold"
        case .contested: "it is contested"
        case .stuck: "it is stuck"
        case .libvirt(let evidence): evidence.text
        case .unnamed(nil): "no policy matches it"
        case .unnamed(let name?): "no policy matches it, and the guard \(name.rawValue) would refuse it"
        }
    }
}
