/// What the command line adds to the policies.
package struct PlanRequest: Sendable {
    /// The functions that it is about, with the members of their IOMMU groups; nil for all.
    package var addresses: Set<PCIAddress>?
    /// The functions that steps are written for, with the members of their IOMMU groups, where these are not those that it is about.
    package var scope: Set<PCIAddress>?
    /// Whether a person named them, which lifts their holds; an event does not.
    package var isByUser: Bool
    /// Guards that the command line passes over.
    package var overrides: Set<Guard>
    /// What `bind` wants of the named functions, in place of their policies.
    package var byHand: Policy?

    package init(
        addresses: Set<PCIAddress>? = nil, isByUser: Bool = true, overrides: Set<Guard> = [], byHand: Policy? = nil
    ) {
        self.addresses = addresses
        self.isByUser = isByUser
        self.overrides = overrides
        self.byHand = byHand
    }

    /// Whether the command line named the function, which lifts its hold.
    package func names(_ address: PCIAddress) -> Bool { isByUser && addresses?.contains(address) ?? false }
}
