/// The kernel's attribute `removable` (Documentation/ABI/testing/sysfs-devices-removable).
package enum Removability: String, Sendable, CaseIterable, CustomStringConvertible {
    case removable, fixed, unknown

    package var description: String { rawValue }
}
