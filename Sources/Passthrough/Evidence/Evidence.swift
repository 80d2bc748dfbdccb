/// One thing that a guard found out about a function: who uses it, or what keeps it from being passed through.
///
/// Decisions are made by these values; `text` words them for people, `kind` names them for programs.
package indirect enum Evidence: Hashable, Sendable {
    /// A block device below the function, or one that is built upon it.
    case disk(String, DiskUse)
    /// What the boot is about to use and is not present yet: it may be below the function.
    case awaitedDisk(String, BootReference)
    /// A network interface below the function, or one that is built upon it.
    case interface(String, InterfaceUse)
    /// A network driver shows no interface, and so many other network namespaces could not be searched.
    case hiddenInterfaces(DriverName, namespaces: Int)
    case console(ConsoleRole)
    /// A process has a device node of the function open.
    case open(node: String, HoldingProcess)
    /// The function is enabled, and the process has the descriptor of some VFIO device.
    case enabled(by: HoldingProcess)
    /// The function is enabled so many times, and no process was found to hold it.
    case enabledByNobody(count: Int)
    /// An object of libvirt manages the function; one that is only defined does not run.
    case libvirt(LibvirtKind, name: String, isRunning: Bool)
    /// A place that may name the function and cannot be read.
    case unreadable(String, reason: String)
    case bridge(ClassCode, headerType: UInt8?)
    case driver(DriverObstacle)
    case iommu(IOMMUObstacle)
    case virtualFunctions(Int)
    /// Another function of the plan is behind this one.
    case below(PCIAddress)
    case groupMember(UInt32, GroupObstacle)
    /// Another function that the registration of the device ID would bind.
    case bystander(Bystander)
    /// So many more of the same kind.
    case more(Int)
    /// Another card than the one that was last passed through at the address.
    case replaced(PCIAddress, was: PCIID, is: PCIID)
    /// The guard could not look without root rights.
    case needsRoot
    /// What was found before the host was booted, or earlier, in seconds since 1970.
    case remembered(since: Int64, Evidence)
    /// What another run, a snapshot or a test file says; the kind is nil where only the text is known.
    case recorded(String, EvidenceKind? = nil)

    /// The same as it is kept in files: its text and its kind.
    package var recorded: Evidence { .recorded(text, kind) }

    /// Whether a disk is the one that the running system is on.
    package var isSystem: Bool {
        if case .disk(_, let use) = self { use.isSystem } else { false }
    }
}
