private import CUdev
package import Passthrough

/// Names of vendors and devices from udev's hardware database (hwdb(7), `hwdb.d/20-pci-vendor-model.hwdb`).
///
/// The database is one mapped file, opened at the first use; a host without it has no names, which is not an error.
package struct HardwareNames: ~Copyable {
    /// The name of a device ID in the hardware database.
    package struct Names: Hashable, Sendable {
        /// `Intel Corporation`; nil where the database does not know the vendor.
        package let vendor: String?
        /// `82574L Gigabit Network Connection`; nil where the database does not know the device.
        package let device: String?
    }

    private var context: OpaquePointer?
    private var database: OpaquePointer?
    private var isOpened = false
    private var known: [PCIID: Names] = [:]

    /// Opens nothing yet.
    package init() {}

    deinit {
        // Both take NULL (libudev's unref functions return at once then).
        udev_hwdb_unref(database)
        udev_unref(context)
    }

    /// The names of a device ID; the database is asked once.
    package mutating func names(of id: PCIID) -> Names {
        if let names = known[id] { return names }
        open()
        let names = lookUp(id)
        known[id] = names
        return names
    }

    private mutating func open() {
        if isOpened { return }
        isOpened = true
        context = udev_new()
        database = udev_hwdb_new(context)
    }

    private func lookUp(_ id: PCIID) -> Names {
        guard let database else { return Names(vendor: nil, device: nil) }
        var vendor: String?
        var device: String?
        var entry = udev_hwdb_get_properties_list_entry(database, HardwareNames.modalias(of: id), 0)
        while let current = entry {
            let value = udev_list_entry_get_value(current).map { String(cString: $0) }
            switch udev_list_entry_get_name(current).map({ String(cString: $0) }) {
            case "ID_VENDOR_FROM_DATABASE": vendor = value
            case "ID_MODEL_FROM_DATABASE": device = value
            default: break
            }
            entry = udev_list_entry_get_next(current)
        }
        return Names(vendor: vendor, device: device)
    }

    /// The key that the database is asked with: the start of the kernel's modalias, upper case, 8 digits each
    /// (`drivers/pci/pci-sysfs.c`, `modalias_show`). Without a subsystem no name of one maker's board is found instead.
    static func modalias(of id: PCIID) -> String { "pci:v\(eightDigits(id.vendor))d\(eightDigits(id.device))" }

    private static func eightDigits(_ number: UInt16) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
