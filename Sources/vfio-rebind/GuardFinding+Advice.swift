import Passthrough

extension GuardFinding {
    /// What a person may do about a guard that refuses; nil where there is nothing to say.
    var advice: String? {
        switch name {
        case .bridge: "a bridge stays with the host; leave it out of the policy: except = { class = \"06\" }"
        case .siblings: "let the method be \"auto\" or \"driver_override\", which take one function and no sibling"
        case .target: "install the driver, or load it with modprobe; `lspci -k` names the modules that know this card"
        case .storage:
            "unmount the disk or let its holder go first; swapoff(8) for swap; wipefs(8) for a stale signature"
        case .network: "move its addresses, routes and interfaces on top of it to another card first"
        case .iommu: "switch the IOMMU on in the firmware and on the kernel's command line (intel_iommu=on)"
        // What refuses a mate has its own advice.
        case .group where evidence.allSatisfy({ $0.contains("refused by the guard") }): nil
        case .group: "give every function of the group a policy, or write group = \"whole\" in this one"
        case .vfs: "disable its virtual functions first: write 0 to its sriov_numvfs"
        case .inUse: "stop the guest or process that uses it first"
        case .below: "let a plan have either the function above or those below it, by another policy or except"
        case .open: "end the process, or stop its unit, first"
        case .console: "if you have another way in: --override console, or guards = { console = \"off\" } in the policy"
        case .libvirt: "libvirt binds it by itself; write managed='no' there, or take it out of the policy"
        case .identity: "look which card it is; `vfio-rebind forget ADDRESS` if it is the one that you mean"
        }
    }
}
