/// One thing that a plan does: one kernel write, or the load of a module.
///
/// The address is that of the function which it concerns, or which needs it; nil for a device ID that no present function needs.
package enum Step: Hashable, Sendable {
    /// Loads the module of a driver with modprobe(8).
    case loadModule(of: DriverName, for: PCIAddress?)
    /// Names the only driver that may bind the function (Documentation/ABI/testing/sysfs-bus-pci).
    case setOverride(String, of: PCIAddress)
    /// Clears the override: the newline alone. A write of nothing would change nothing.
    case clearOverride(of: PCIAddress)
    /// Unbinds the function; returns when the driver's `remove` has returned, which may be never.
    case unbind(PCIAddress, from: DriverName)
    /// Binds the function; the only write whose errno tells what the probe said.
    case bind(PCIAddress, to: DriverName)
    /// Asks the kernel to find a driver; says success whatever comes of it.
    case probe(PCIAddress)
    /// Registers a device ID with a driver, which at once binds every function of it that has no driver.
    case registerID(PCIID, with: DriverName, for: PCIAddress?)
    /// Removes a dynamic ID; unbinds nothing.
    case removeID(PCIID, from: DriverName, for: PCIAddress?)

    /// What a step does, by its name in documents.
    package enum Operation: String, Sendable, CaseIterable {
        case loadModule = "load_module"
        case setOverride = "set_override"
        case clearOverride = "clear_override"
        case unbind, bind, probe
        case registerID = "register_id"
        case removeID = "remove_id"
    }

    package var operation: Operation {
        switch self {
        case .loadModule: .loadModule
        case .setOverride: .setOverride
        case .clearOverride: .clearOverride
        case .unbind: .unbind
        case .bind: .bind
        case .probe: .probe
        case .registerID: .registerID
        case .removeID: .removeID
        }
    }

    package var address: PCIAddress? {
        switch self {
        case .loadModule(_, let address), .registerID(_, _, let address), .removeID(_, _, let address): address
        case .setOverride(_, let address), .clearOverride(let address), .unbind(let address, _),
            .bind(let address, _), .probe(let address):
            address
        }
    }

    /// The driver that is loaded, bound, unbound or given an ID.
    package var driver: DriverName? {
        switch self {
        case .loadModule(let driver, _), .unbind(_, let driver), .bind(_, let driver), .registerID(_, let driver, _),
            .removeID(_, let driver, _):
            driver
        case .setOverride, .clearOverride, .probe: nil
        }
    }

    /// The file that is written, as seen without `--root`; nil for a module.
    package var path: String? {
        switch self {
        case .loadModule: nil
        case .setOverride(_, let address), .clearOverride(let address): SysfsPath.driverOverride(address)
        case .unbind(_, let driver): SysfsPath.unbind(driver)
        case .bind(_, let driver): SysfsPath.bind(driver)
        case .probe: SysfsPath.driversProbe
        case .registerID(_, let driver, _): SysfsPath.newID(driver)
        case .removeID(_, let driver, _): SysfsPath.removeID(driver)
        }
    }

    /// The exact text without the newline; the module for `load_module`.
    package var value: String {
        switch self {
        case .loadModule(let driver, _): driver.moduleName
        case .setOverride(let text, _): text
        case .clearOverride: ""
        case .unbind(let address, _), .bind(let address, _), .probe(let address): address.description
        case .registerID(let id, _, _), .removeID(let id, _, _): id.newIDText
        }
    }

    /// Whether it registers the device ID with the driver.
    package func registers(_ id: PCIID, with driver: DriverName) -> Bool {
        if case .registerID(id, driver, _) = self { true } else { false }
    }

    /// The ID that it removes from a driver.
    package var withdrawal: Withdrawal? {
        if case .removeID(let id, let driver, _) = self { Withdrawal(id: id, driver: driver) } else { nil }
    }
}
