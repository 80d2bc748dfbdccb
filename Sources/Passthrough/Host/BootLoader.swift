/// What starts the kernel, and so where its words are written.
package enum BootLoader: String, Sendable, CaseIterable {
    /// GRUB as Debian sets it up, with update-grub(8).
    case grub
    /// GRUB whose entries grubby(8) edits, as on Fedora and its kin.
    case grubby
    case systemdBoot = "systemd-boot"
    case zipl, extlinux, unknown
}
