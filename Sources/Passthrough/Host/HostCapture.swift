/// Everything about a host that planning and its reports look at, so that it can be kept and asked elsewhere.
package struct HostCapture: Sendable {
    /// Functions with overrides, evidence of use for each of them, and what this program did before.
    package var snapshot: HostSnapshot
    /// The registered PCI drivers; nil where nobody looked.
    package var drivers: Set<DriverName>?
    /// The modules that matter to PCI, by name; nil where nobody looked.
    package var modules: [String: ModulePlace]?
    /// What `modules.alias` offers for VFIO's variant drivers.
    package var variantAliases: [ModuleAlias] = []
    package var kernelRelease: String?
    /// Kernel words, lines of other tools and what else stands around; nil where nobody looked.
    package var surroundings: Surroundings?
    /// The nodes of VFIO for a function, where they are there.
    package var nodes: [PCIAddress: VFIONodes] = [:]
    /// The name of a device ID in the hardware database.
    package var names: [PCIID: CardNames] = [:]
    /// Functions whose worker does not come back, with what is said of it.
    package var stuck: [PCIAddress: String] = [:]
    /// What happened to functions since the boot, the last thing first; none for those that nothing is known of.
    package var history: [PCIAddress: [HistoryEntry]] = [:]
    /// Functions that somebody else keeps taking back.
    package var contested: Set<PCIAddress> = []
    /// Whether addresses of networks and serial numbers were taken out.
    package var isRedacted = false

    package init(snapshot: HostSnapshot) { self.snapshot = snapshot }

    /// Whether a driver can be had on that host; nil where nobody looked.
    package func presence(of driver: DriverName) -> DriverPresence? {
        guard let drivers else { return nil }
        if drivers.contains(driver) { return .registered }
        guard let modules else { return nil }
        return modules[driver.moduleName] == nil ? .missing : .loadable
    }
}
