package import HostFiles
package import Passthrough

/// Collects the evidence that guards decide by, for some functions at once: one pass over `/proc` for all of them.
package struct UseReader: Sendable {
    package let root: Root

    package init(root: Root) { self.root = root }

    /// Of those that nobody is about to take it is only asked whether libvirt manages them: `others`.
    package func uses(
        of functions: [PCIFunction], besides others: [PCIFunction] = []
    ) -> [PCIAddress: [Guard: UseFinding]] {
        guard !functions.isEmpty || !others.isEmpty else { return [:] }
        let libvirt = LibvirtUse(root: root)
        var uses: [PCIAddress: [Guard: UseFinding]] = [:]
        for function in others {
            guard let finding = libvirt.finding(for: function), finding.verdict == .busy else { continue }
            uses[function.address] = [.libvirt: finding]
        }
        return functions.isEmpty ? uses : uses.merging(self.uses(of: functions, libvirt)) { _, whole in whole }
    }

    private func uses(of functions: [PCIFunction], _ libvirt: LibvirtUse) -> [PCIAddress: [Guard: UseFinding]] {
        let contents = FunctionContents(root: root, functions: functions)
        let open = OpenUse(root: root, functions: functions, looks: contents.mayHaveNodes)
        let users = HostUsers(
            root: root, openFiles: functions.contains { open.hasNodes($0) || $0.driver?.isVFIO == true })
        let hasDisks = contents.mayHave("block", "nvme") || functions.contains { $0.classCode.base == 0x01 }
        let storage = hasDisks ? StorageUse(root: root, users: users) : nil
        let network = NetworkUse(root: root, users: users, looks: contents.mayHave("net"))
        let console = ConsoleUse(root: root, looks: contents.mayHave("drm", "graphics", "tty"))
        let vfio = VFIOUse(root: root, users: users)
        var uses: [PCIAddress: [Guard: UseFinding]] = [:]
        for function in functions {
            var findings: [Guard: UseFinding] = [:]
            findings[.storage] = storage?.finding(for: function)
            findings[.network] = network.finding(for: function)
            if open.hasNodes(function) { findings[.open] = open.finding(for: function, users.processes) }
            findings[.console] = console.finding(for: function)
            findings[.libvirt] = libvirt.finding(for: function)
            if function.driver?.isVFIO == true { findings[.inUse] = vfio.finding(for: function) }
            uses[function.address] = findings
        }
        return uses
    }
}
