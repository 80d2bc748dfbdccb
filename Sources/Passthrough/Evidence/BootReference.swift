/// What names a block device that the boot is going to use: fstab(5), crypttab(5), or a parameter of the kernel.
package enum BootReference: Hashable, Sendable {
    case fileSystem(point: String)
    case swap
    case encrypted(name: String)
    /// `root` or `resume`.
    case kernelParameter(String)

    /// Whether the system that is being booted is on it.
    package var isSystem: Bool {
        switch self {
        case .fileSystem(let point): MountPoint(point).isSystem
        case .kernelParameter(let key): key == "root"
        case .swap, .encrypted: false
        }
    }
}
