extension Simulator {
    /// The function at an address as sysfs shows it now; nil where none is plugged.
    package func function(at address: PCIAddress) -> PCIFunction? {
        guard let function = functions[address], function.isPresent else { return nil }
        return function.facts
    }

    /// The target of the `driver` link; nil without one.
    package func driver(of address: PCIAddress) -> DriverName? { functions[address]?.facts.driver }

    /// The drivers of several functions, in their order.
    package func drivers(of addresses: some Sequence<PCIAddress>) -> [DriverName?] { addresses.map(driver(of:)) }

    /// The present functions by address.
    package var presentFunctions: [PCIFunction] {
        functions.values.filter(\.isPresent).map(\.facts).sorted { $0.address < $1.address }
    }

    /// The functions whose driver is another than before, by address, with the driver that they have now.
    package func driverChanges(since before: Simulator) -> [(address: PCIAddress, driver: DriverName?)] {
        functions.keys.filter { driver(of: $0) != before.driver(of: $0) }.sorted().map { ($0, driver(of: $0)) }
    }

    /// Whether functions, drivers and IDs are the same, however they came to be so.
    package func isInSameState(as other: Simulator) -> Bool {
        functions == other.functions && drivers == other.drivers && registrationOrder == other.registrationOrder
    }

    /// Whether the directory of a driver is there, `/sys/bus/pci/drivers/NAME`.
    package func isRegistered(_ driver: DriverName) -> Bool { drivers[driver]?.isRegistered ?? false }
}
