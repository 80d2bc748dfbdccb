import Passthrough

extension GuardFinding {
    /// What a person may do about a guard that refuses a function; nil where there is nothing to say. `policy` is nil for `bind`.
    func advice(on address: PCIAddress, policy: String?) -> String? {
        switch name {
        case .bridge: "a bridge stays with the host; leave it out of the policy: except = { class = \"06\" }"
        case .siblings: "let the method be \"auto\" or \"driver_override\", which take one function and no sibling"
        case .target where says("deny list"):
            "leave it out of the policy; vfio-pci takes it with disable_denylist=1 alone, at your own risk"
        case .target: "install the driver, or load it with modprobe; `vfio-rebind check` says what vfio-pci lacks here"
        case .storage: storage(address)
        case .network where verdict == .unknown: "if you know that nothing needs it: --override network"
        case .network: "move its addresses, routes and interfaces on top of it to another card first"
        case .iommu:
            "switch the IOMMU on, in the firmware and for the kernel: `vfio-rebind check` says how on this host"
        // What refuses a mate has its own advice.
        case .group where evidence.allSatisfy({ $0.contains("refused by the guard") }): nil
        case .group where policy == nil: "name the other functions of its group too; what must stay, keeps all of it"
        case .group: "give every function of the group a policy, or write group = \"whole\" in this one"
        case .vfs: "disable its virtual functions first: write 0 to its sriov_numvfs"
        case .inUse where verdict == .unknown: "if you know that no guest has it: --override in-use"
        case .inUse: "stop the guest or process that uses it first"
        case .below: "let a plan have either the function above or those below it, by another policy or except"
        case .open: "end the process, or stop its unit, first"
        case .console: "if you have another way in: --override console, or guards = { console = \"off\" } in the policy"
        case .libvirt: "libvirt binds it by itself; write managed='no' there, or take it out of the policy"
        case .identity: "look which card it is; `vfio-rebind forget \(address)` if it is the one that you mean"
        }
    }

    private func says(_ text: String) -> Bool { evidence.contains { $0.contains(text) } }

    private func storage(_ address: PCIAddress) -> String {
        if found.isFirm { return "the disk of the running system stays with it: no override passes over that" }
        if says("swap") { return "swapoff(8) first" }
        if says("mounted") { return "unmount it first" }
        if says("remembered since") { return "`vfio-rebind forget \(address)` if that is no longer true" }
        let signatures = ["marked as", "ZFS pool", "a disk of bcache", "which is not started", "no volume is active"]
        if signatures.contains(where: says) {
            return "let go what it belongs to; wipefs(8) if the signature is of something that is no more"
        }
        return "let its holder go first"
    }
}
