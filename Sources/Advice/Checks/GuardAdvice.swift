package import Passthrough

/// What a person may do about a guard that refuses a function.
package struct GuardAdvice {
    private let finding: GuardFinding
    private let address: PCIAddress
    /// nil for `bind`.
    private let policy: String?
    private let kinds: Set<EvidenceKind>

    package init(_ finding: GuardFinding, on address: PCIAddress, policy: String?) {
        self.finding = finding
        self.address = address
        self.policy = policy
        kinds = Set(finding.found.evidence.compactMap(\.kind))
    }

    /// nil where there is nothing to say. No advice names a command that destroys data.
    package var text: String? {
        if kinds.contains(.needsRoot) { return "run it as root" }
        if kinds.contains(.remembered), !finding.found.isFirm {
            return "`vfio-rebind forget \(address)` if that is no longer true"
        }
        return switch finding.name {
        case .bridge: "a bridge stays with the host; leave it out of the policy: except = { class = \"06\" }"
        case .siblings: "set method = \"driver_override\", which affects this function only"
        case .target: target
        case .storage: storage
        case .network: network
        case .iommu: iommu
        case .group: group
        case .vfs: "disable its virtual functions first: write 0 to its sriov_numvfs"
        case .inUse where finding.verdict == .unknown: "if you know that no guest uses it: --override in-use"
        case .inUse: "stop the guest or process that uses it first"
        case .below:
            "pass through either the controller or the devices behind it, not both: use another policy or except"
        case .open: open
        case .console: "if you have another way in: \(overriding(.console))"
        case .libvirt where kinds.contains(.unreadable):
            "repair the file, or if you know that libvirt does not manage the function: \(overriding(.libvirt))"
        case .libvirt: "libvirt rebinds it by itself; write managed='no' there, or leave it out of the policy"
        case .identity: "check which card it is; `vfio-rebind forget \(address)` if it is the one that you mean"
        }
    }

    private func overriding(_ name: Guard) -> String {
        policy == nil
            ? "--override \(name.rawValue)"
            : "--override \(name.rawValue), or guards = { \(name.rawValue) = \"off\" } in the policy"
    }

    /// Those steps whose evidence was found, in the order in which they are made.
    private func steps(_ steps: KeyValuePairs<EvidenceKind, String>) -> String? {
        let needed = steps.filter { kinds.contains($0.key) }.map(\.value)
        return needed.isEmpty ? nil : "\(needed.joined(separator: ", then ")) first"
    }

    private var target: String {
        if kinds.contains(.denyList) {
            return "leave it out of the policy; vfio-pci binds it only with disable_denylist=1, at your own risk"
        }
        if kinds.contains(.nameOfModule) { return "write driver = \"vfio-pci\"" }
        if kinds.contains(.unknownVariants) { return "run depmod(8), or name the driver in the policy" }
        return "install the driver, or load it with modprobe; `vfio-rebind check` says what vfio-pci lacks here"
    }

    private var storage: String {
        if finding.found.isFirm { return "it holds the running system, which cannot be overridden" }
        let ways = steps([
            .mounted: "unmount it", .swap: "switch the swap off with swapoff(8)",
            .loopDevice: "detach the loop device with losetup(8)",
            .encrypted: "close the encrypted disk with cryptsetup(8)",
            .volumeGroup: "deactivate the volume group with vgchange(8)", .array: "stop the array with mdadm(8)",
            .bcache: "stop the bcache device", .heldDisk: "stop what holds it",
        ])
        if let ways { return ways }
        if kinds.contains(.bootReference) { return "take it out of the file that names it first" }
        if kinds.contains(.awaitedDisk) { return "wait until the boot has mounted its file systems" }
        if kinds.contains(.pool) {
            return "export the pool with zpool(8) first; if another system uses it: \(overriding(.storage))"
        }
        if kinds.contains(.inactiveMember) {
            return "if this host does not use what it belongs to: \(overriding(.storage))"
        }
        return "stop what uses it first"
    }

    private var network: String {
        if finding.verdict == .unknown { return "if you know that nothing needs it: --override network" }
        return steps([
            .defaultRoute: "move the default route to another card",
            .upperInterface: "remove the interfaces on top of it",
            .member: "take it out of what it belongs to", .address: "take it down or remove its addresses",
            .namespace: "take its interface back from the network namespace",
        ]) ?? "move its addresses, routes and interfaces on top of it to another card first"
    }

    private var iommu: String {
        let way = "switch the IOMMU on, in the firmware and for the kernel: `vfio-rebind check` says how on this host"
        return finding.found.isOverridable ? "\(way); to go without isolation: --override iommu" : way
    }

    private var group: String? {
        if kinds.contains(.memberInUse) {
            return "free that function first, or move the card to a slot with an IOMMU group of its own:"
                + " a group cannot be passed through in parts"
        }
        // What refuses a member has its own advice.
        if kinds.contains(.memberRefused) { return nil }
        if kinds.contains(.memberHeld) { return "`vfio-rebind apply` with its address lifts the hold" }
        if kinds.contains(.memberIgnored) || kinds.contains(.memberOfHost) {
            return "change the policy of that function: a group cannot be passed through in parts"
        }
        if kinds.contains(.bridgeDriver) { return "unbind the driver of the bridge, or --override group" }
        return policy == nil
            ? "add the other functions of the group; the group can only be passed through as a whole"
            : "give every function of the group a policy, or write group = \"whole\" in this one"
    }

    private var open: String {
        kinds.contains(.session)
            ? "end the session that uses it first (loginctl(1) lists them), or take it away from that: \(overriding(.open))"
            : "end the process, or stop its unit, first"
    }
}
