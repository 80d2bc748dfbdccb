/// A card type that is taken back from a driver: functions of it that the driver has stay there.
package struct Withdrawal: Sendable, Hashable, Comparable {
    package let id: PCIID
    package let driver: DriverName

    package init(id: PCIID, driver: DriverName) {
        self.id = id
        self.driver = driver
    }

    package static func < (one: Withdrawal, other: Withdrawal) -> Bool {
        (one.id, one.driver.text) < (other.id, other.driver.text)
    }
}
