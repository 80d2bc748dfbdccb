package import HostFiles
package import Passthrough

/// Collects the evidence that guards decide by, for some functions at once: one pass over `/proc` for all of them.
package struct UseReader: Sendable {
    package let root: Root

    package init(root: Root) { self.root = root }

    package func uses(of functions: [PCIFunction]) -> [PCIAddress: [Guard: UseFinding]] {
        guard !functions.isEmpty else { return [:] }
        let scan = ProcessScan(root: root, openFiles: functions.contains { $0.driver?.isVFIO == true })
        let storage = StorageUse(root: root, scan: scan)
        let network = NetworkUse(root: root, scan: scan)
        let vfio = VFIOUse(root: root, scan: scan)
        var uses: [PCIAddress: [Guard: UseFinding]] = [:]
        for function in functions {
            var findings: [Guard: UseFinding] = [:]
            findings[.storage] = storage.finding(for: function)
            findings[.network] = network.finding(for: function)
            if function.driver?.isVFIO == true { findings[.inUse] = vfio.finding(for: function) }
            uses[function.address] = findings
        }
        return uses
    }
}
