/// What a function had before it was touched, and goes back to.
package struct WayBack: Hashable, Sendable {
    /// nil for none.
    package var driver: DriverName?
    package var driverOverride: String?

    package init(driver: DriverName?, driverOverride: String?) {
        self.driver = driver
        self.driverOverride = driverOverride
    }

    /// What is to be written for a function as it is now; none where it is back. It is taken from `taken` alone, never from
    /// a driver that someone else gave it to.
    ///
    /// While an override names another driver, the one that the function had is refused with ENODEV
    /// (drivers/pci/pci-driver.c, pci_match_device): such an override is cleared for the bind, and written again behind it. A driver
    /// without a table is named by the override for the bind, whatever brought it there: many tools write one, bind, and clear it.
    package func steps(for function: PCIFunction, from taken: DriverName?) -> [Step] {
        let address = function.address
        var steps: [Step] = []
        var current = function.driverOverride
        func write(_ text: String?) {
            guard current != text else { return }
            steps.append(text.map { .setOverride($0, of: address) } ?? .clearOverride(of: address))
            current = text
        }
        var isFree = function.driver == nil
        if let taken, taken == function.driver, taken != driver {
            steps.append(.unbind(address, from: taken))
            isFree = true
        }
        if let driver, isFree {
            // A VF whose PF keeps drivers from it is bound by an override alone (pci_device_can_probe).
            let needsOverride = driver.hasNoTable || function.identity.wantsOverride
            write(needsOverride || driverOverride == driver.text ? driver.text : nil)
            steps.append(.bind(address, to: driver))
        }
        write(driverOverride)
        return steps
    }
}
