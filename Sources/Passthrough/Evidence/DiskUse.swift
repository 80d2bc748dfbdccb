/// How a block device is used.
package indirect enum DiskUse: Hashable, Sendable {
    case mounted(MountPoint)
    /// A member of a btrfs that is mounted by another of its devices.
    case btrfs(points: [MountPoint])
    /// An overlay that is mounted there has a layer on it.
    case overlay(MountPoint)
    case swap
    case swapFile(String)
    case named(BootReference)
    /// A file on it is behind a loop device.
    case loopFile(String, loop: String)
    case loop(String, file: String)
    case array(String, level: String)
    case bcache(String)
    case encrypted(String, mapped: String)
    /// By the device mapper, md, drbd or another of the kernel's `holders`.
    case held(by: String, mapped: String?)
    /// A physical volume of LVM, with what its volumes are used for.
    case volumeGroup(String, [DiskUse])
    case pool(String?, points: [MountPoint])
    /// A signature says so; nothing of the kernel uses it.
    case inactive(InactiveMember)

    /// Whether it is the disk of `/`, `/boot` or `/usr`.
    package var isSystem: Bool {
        switch self {
        case .mounted(let point), .overlay(let point): point.isSystem
        case .btrfs(let points), .pool(_, let points): points.contains(where: \.isSystem)
        case .named(let reference): reference.isSystem
        case .volumeGroup(_, let uses): uses.contains(where: \.isSystem)
        default: false
        }
    }
}
