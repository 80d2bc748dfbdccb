/// One thing that a plan does: one kernel write, or the load of a module.
package struct Step: Hashable, Sendable {
    package let operation: Operation
    /// The function that it concerns, or that needs it; nil for the registration of a type that no present function needs.
    package let address: PCIAddress?
    /// The file that is written, as seen without `--root`; nil for `load_module`.
    package let path: String?
    /// The exact text without the newline; the module and its parameters for `load_module`.
    package let value: String

    package enum Operation: String, Sendable, CaseIterable {
        case loadModule = "load_module"
        case setOverride = "set_override"
        case clearOverride = "clear_override"
        case unbind, bind, probe
        case registerID = "register_id"
        case removeID = "remove_id"
    }

    /// A step as another process of this program reported it; plans make theirs by the functions below.
    package init(_ operation: Operation, _ address: PCIAddress?, path: String?, value: String) {
        self.operation = operation
        self.address = address
        self.path = path
        self.value = value
    }

    /// Loads the module of a driver with modprobe(8).
    package static func loadModule(of driver: DriverName, for address: PCIAddress?) -> Step {
        Step(.loadModule, address, path: nil, value: driver.moduleName)
    }

    /// Names the only driver that may bind the function (Documentation/ABI/testing/sysfs-bus-pci).
    package static func setOverride(_ text: String, of address: PCIAddress) -> Step {
        Step(.setOverride, address, path: SysfsPath.driverOverride(address), value: text)
    }

    /// Clears the override: the newline alone. A write of nothing would change nothing.
    package static func clearOverride(of address: PCIAddress) -> Step {
        Step(.clearOverride, address, path: SysfsPath.driverOverride(address), value: "")
    }

    /// Takes the function from a driver; returns when the driver's `remove` has returned, which may be never.
    package static func unbind(_ address: PCIAddress, from driver: DriverName) -> Step {
        Step(.unbind, address, path: SysfsPath.unbind(driver), value: address.description)
    }

    /// Gives the function to a driver; the only write whose errno tells what the probe said.
    package static func bind(_ address: PCIAddress, to driver: DriverName) -> Step {
        Step(.bind, address, path: SysfsPath.bind(driver), value: address.description)
    }

    /// Asks the kernel to find a driver; says success whatever comes of it.
    package static func probe(_ address: PCIAddress) -> Step {
        Step(.probe, address, path: SysfsPath.driversProbe, value: address.description)
    }

    /// Registers a card type with a driver, which at once takes every function of it that has no driver.
    package static func registerID(_ id: PCIID, with driver: DriverName, for address: PCIAddress?) -> Step {
        Step(.registerID, address, path: SysfsPath.newID(driver), value: id.newIDText)
    }

    /// Takes a registration back; unbinds nothing.
    package static func removeID(_ id: PCIID, from driver: DriverName, for address: PCIAddress?) -> Step {
        Step(.removeID, address, path: SysfsPath.removeID(driver), value: id.newIDText)
    }
}
