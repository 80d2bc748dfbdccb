/// The names below `/sys/bus/pci` that this program writes or follows (Documentation/ABI/testing/sysfs-bus-pci).
package enum SysfsPath {
    package static let devices = "/sys/bus/pci/devices"
    package static let drivers = "/sys/bus/pci/drivers"
    package static let driversProbe = "/sys/bus/pci/drivers_probe"

    package static func device(_ address: PCIAddress) -> String { "\(devices)/\(address)" }
    package static func driverOverride(_ address: PCIAddress) -> String { "\(devices)/\(address)/driver_override" }
    package static func driver(_ name: DriverName) -> String { "\(drivers)/\(name)" }
    package static func bind(_ name: DriverName) -> String { "\(drivers)/\(name)/bind" }
    package static func unbind(_ name: DriverName) -> String { "\(drivers)/\(name)/unbind" }
    package static func newID(_ name: DriverName) -> String { "\(drivers)/\(name)/new_id" }
    package static func removeID(_ name: DriverName) -> String { "\(drivers)/\(name)/remove_id" }
}
