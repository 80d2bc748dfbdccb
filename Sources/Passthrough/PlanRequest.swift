/// What the command line adds to the policies.
package struct PlanRequest: Sendable {
    /// The functions that were named; nil for all.
    package var addresses: Set<PCIAddress>?
    /// Guards that the command line passes over.
    package var overrides: Set<Guard>
    /// What `bind` wants of the named functions, in place of their policies.
    package var byHand: Policy?

    package init(addresses: Set<PCIAddress>? = nil, overrides: Set<Guard> = [], byHand: Policy? = nil) {
        self.addresses = addresses
        self.overrides = overrides
        self.byHand = byHand
    }

    /// Whether the command line named the function, which lifts its hold.
    package func names(_ address: PCIAddress) -> Bool { addresses?.contains(address) ?? false }
}
