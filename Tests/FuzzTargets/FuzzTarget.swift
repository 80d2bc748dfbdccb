/// The readers of what others write: each is given bytes of any kind, and must neither trap nor lose what it read.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// Addresses, ids and patterns, as command lines and policies have them.
    case addresses
    /// Any TOML document.
    case toml
    /// A file of `policy.d`.
    case policies
    /// A file of `vfio-rebind test`.
    case cases
    /// The settings of the monitor.
    case settings
    /// The properties of a uevent, from udev's environment or its socket.
    case uevents
    /// A record of the journal.
    case journal
    /// A refusal that outlives a boot.
    case memory
    /// Every other file below `/run/vfio-rebind` and `/var/lib/vfio-rebind`.
    case state
    /// The index of policies that `handle` asks.
    case index
    /// `modules.alias`, and that of what is built in.
    case aliases
    /// What `snapshot` writes.
    case snapshots
    /// A domain or network of libvirt.
    case libvirt
    /// What guards read: mounts, swap, routes, addresses, fstab, udev's database, consoles.
    case kernel
    /// What the kernel says of a virtual function over rtnetlink.
    case netlink

    /// A reader for many inputs, with a folder of its own where it reads files.
    package func reader() throws -> any FuzzReader {
        switch self {
        case .addresses: AddressReader()
        case .toml: TOMLReader()
        case .policies: PolicyFileReader()
        case .cases: CaseFileReader()
        case .settings: try SettingsReader()
        case .uevents: UeventReader()
        case .journal: JournalReader()
        case .memory: MemoryReader()
        case .state: try StateReader()
        case .index: try IndexFileReader()
        case .aliases: try AliasReader()
        case .snapshots: SnapshotFileReader()
        case .libvirt: LibvirtFileReader()
        case .kernel: try KernelTextReader()
        case .netlink: NetlinkReader()
        }
    }
}

/// Reads one input after the other.
package protocol FuzzReader {
    /// What is wrong with the answer to an input; nil where nothing is.
    func complaint(_ bytes: [UInt8]) -> String?
}
