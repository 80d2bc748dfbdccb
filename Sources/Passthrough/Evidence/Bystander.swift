/// A function that has a device ID of a policy and must stay with the host.
package struct Bystander: Hashable, Sendable {
    package let address: PCIAddress
    package let reason: StayReason

    package init(address: PCIAddress, reason: StayReason) {
        self.address = address
        self.reason = reason
    }
}
