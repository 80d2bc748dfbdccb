/// How a function is brought to its driver.
package enum Method: String, Sendable, CaseIterable {
    case newID = "new_id"
    case driverOverride = "driver_override"
}
