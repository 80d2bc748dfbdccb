/// A card type that is registered with a driver.
package struct Registration: Sendable, Hashable {
    package let id: PCIID
    package let driver: DriverName
    package let policy: String
    /// Whether a function of that type is there.
    package let isPresent: Bool

    package init(id: PCIID, driver: DriverName, policy: String, isPresent: Bool) {
        self.id = id
        self.driver = driver
        self.policy = policy
        self.isPresent = isPresent
    }
}
