import HostFiles

/// What is asked of the whole host, once and only if a function needs it: most have neither disk nor interface.
final class HostUsers {
    private let root: Root
    private let openFiles: Bool

    init(root: Root, openFiles: Bool) {
        self.root = root
        self.openFiles = openFiles
    }

    private(set) lazy var processes = ProcessScan(root: root, openFiles: openFiles)
    private(set) lazy var mounts = MountTable(root: root, scan: processes)
    private(set) lazy var routes = RouteTable(root: root)
    private(set) lazy var namespaces = ForeignNamespaces(
        root: root, processes: processes, files: NamespaceFiles(root: root, scan: processes))
    /// Addresses of interfaces: of the machine by getifaddrs(3), below another root from its files.
    private(set) lazy var addresses = root.isHost ? HostAddresses.all() : routes.connected

    private var boot: BootNames?

    /// What the boot is going to mount, read once.
    func bootNames(_ devices: BlockDevices) -> BootNames {
        if let boot { return boot }
        let names = BootNames(root: root, devices: devices)
        boot = names
        return names
    }
}
