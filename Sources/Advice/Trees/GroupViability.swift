package import Passthrough

/// Whether the functions of an IOMMU group can be passed to a guest with their current drivers.
package struct GroupViability: Sendable, Hashable {
    package let isViable: Bool
    /// `viable`, or which members prevent it.
    package let text: String

    /// A driver of the host on any member keeps VFIO from the whole group (`iommu_device_use_default_domain`); bridges may be on pcieport.
    package init(_ members: [PCIFunction]) {
        let obstacles = members.compactMap { member in
            member.driver.flatMap { $0.keepsGroupViable ? nil : "\(member.address) is on \($0)" }
        }
        isViable = obstacles.isEmpty
        switch obstacles.count {
        case 0: text = "viable"
        case 1...2: text = "not viable: \(obstacles.joined(separator: ", "))"
        default: text = "not viable: \(obstacles[0]) and \(obstacles.count - 1) more on drivers of the host"
        }
    }
}
