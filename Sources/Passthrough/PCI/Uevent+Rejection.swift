extension Uevent {
    /// Why a message is not an event of ours; none of these is an error.
    package enum Rejection: Error, Hashable, Sendable, CaseIterable {
        /// SUBSYSTEM is missing or another one than `pci`: `pci_bus`, `pci_express` and `pci_epc` are not functions.
        case otherSubsystem
        /// ACTION is missing or empty.
        case noAction
        /// DEVPATH is missing or empty.
        case noDevicePath
        /// The last component of DEVPATH is no address, or the path holds what no path of the kernel holds.
        case noAddress
        /// A `change` with ERROR_EVENT: a recovery of the function begins, succeeded or failed (`pci_uevent_ers`).
        case errorRecovery
    }
}

extension Uevent.Rejection: CustomStringConvertible {
    /// A few words for a log.
    package var description: String {
        switch self {
        case .otherSubsystem: "SUBSYSTEM is not pci"
        case .noAction: "ACTION is missing"
        case .noDevicePath: "DEVPATH is missing"
        case .noAddress: "DEVPATH does not end in the address of a PCI function"
        case .errorRecovery: "ERROR_EVENT: recovery from an error"
        }
    }
}
