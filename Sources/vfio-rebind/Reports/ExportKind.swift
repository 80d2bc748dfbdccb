import ArgumentParser

/// What `export` writes.
enum ExportKind: String, ExpressibleByArgument, CaseIterable {
    case modprobe, cmdline, initramfs, udev, libvirt, qemu, kubevirt

    /// Whether it is about named functions.
    var takesAddresses: Bool { self == .libvirt || self == .qemu }
}
