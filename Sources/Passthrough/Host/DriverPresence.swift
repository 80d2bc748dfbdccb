/// Whether a driver can be had.
package enum DriverPresence: String, Sendable {
    /// `/sys/bus/pci/drivers/NAME` is there, module or built in.
    case registered
    /// `modules.dep` names its module.
    case loadable
    case missing
}
