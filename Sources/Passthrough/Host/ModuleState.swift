/// How a module is there: it decides which configuration is read for it.
package enum ModuleState: String, Sendable, Codable {
    /// `modules.builtin` names it: only the kernel's own command line reaches its parameters.
    case builtIn = "built_in"
    case loaded
    /// modprobe(8) finds it; parameters come from modprobe.d and, read by modprobe too, from the kernel's command line.
    case loadable
    case missing
}

/// The makers of processors that differ in how an IOMMU is switched on.
package enum Processor: String, Sendable, Codable {
    case intel, amd, arm, power, other
    case ibmZ = "ibm_z"
}

/// What starts the kernel, and so where its words are written.
package enum BootLoader: String, Sendable, Codable {
    /// GRUB as Debian sets it up, with update-grub(8).
    case grub
    /// GRUB whose entries grubby(8) edits, as on Fedora and its kin.
    case grubby
    case systemdBoot = "systemd-boot"
    case zipl, extlinux, unknown
}
