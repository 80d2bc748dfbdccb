import Host
package import HostFiles
package import Passthrough
import SystemPackage

/// Gives the VFIO nodes of a function to those whom its policy names.
package struct AccessWriter {
    private let root: Root
    private let accounts: AccountReader

    package init(root: Root) {
        self.root = root
        accounts = AccountReader(root: root)
    }

    /// The marker that tells udev's rule that some node has other owners than root.
    static let marker = "/run/vfio-rebind/access"

    /// Sets owner, group and mode of the nodes that are there; the first thing that went wrong, in words.
    package func apply(_ access: Access, to address: PCIAddress, group: UInt32?) -> String? {
        let owner: UInt32
        let team: UInt32
        switch (number(access.user, accounts.user), number(access.group, accounts.group)) {
        case (.some(let user), .some(let group)): (owner, team) = (user, group)
        default: return "access: \(access.user ?? "-"):\(access.group ?? "-"): unknown user or group"
        }
        // udev applies its own rules when it comes to the node's event: the rule calls us again then.
        try? root.makeFolder(AccessWriter.marker)
        let nodes = VFIONodeReader(root: root).nodes(of: address, group: group)
        for node in [nodes.group, nodes.device].compactMap(\.self) {
            do throws(Errno) {
                try root.setAccess(node, owner: owner, group: team, mode: access.mode)
            } catch {
                return "access: \(node): \(error)"
            }
        }
        return nil
    }

    /// Does it for a function that is where its plan wants it, which the command line or a policy gave to VFIO.
    package func keep(_ plan: FunctionPlan) -> String? {
        guard let access = plan.access, plan.target?.isVFIO == true else { return nil }
        return apply(access, to: plan.function.address, group: plan.function.iommuGroup)
    }

    /// -1, which leaves what is, for a name that is not asked for; nil for one that is not there.
    private func number(_ text: String?, _ find: (String) -> AccountReader.Finding) -> UInt32? {
        guard let text else { return .max }
        if case .number(let number) = find(text) { return number }
        return nil
    }
}
