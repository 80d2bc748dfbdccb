/// A member of an IOMMU group that keeps the group from being viable.
package struct GroupObstacle: Hashable, Sendable {
    package let member: PCIAddress
    package let state: State

    package init(member: PCIAddress, state: State) {
        self.member = member
        self.state = state
    }

    package enum State: Hashable, Sendable {
        /// A policy binds it to a driver of the host.
        case goes(to: DriverName)
        /// A bridge whose driver does not leave the group to VFIO.
        case bridge(DriverName)
        /// It keeps its driver, or stays without one.
        case stays(DriverName?, StayReason)
    }
}
