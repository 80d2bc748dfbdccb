package import Passthrough

/// The names below `/run/vfio-rebind`, which is gone at reboot as the kernel's own state is.
package enum StatePath {
    package static let folder = "/run/vfio-rebind"
    package static let journal = "\(folder)/journal"
    package static let holds = "\(folder)/holds"
    package static let registeredIDs = "\(folder)/ids"
    package static let locks = "\(folder)/locks"
    package static let stuck = "\(folder)/stuck"
    package static let rounds = "\(folder)/rounds"
    /// IDs on which a function that was bound by hand depends, or did.
    static let byHand = "\(folder)/by-hand"

    package static func record(_ address: PCIAddress) -> String { "\(journal)/\(address)" }
    package static func hold(_ address: PCIAddress) -> String { "\(holds)/\(address)" }
    static func byHand(_ id: PCIID, _ driver: DriverName) -> String { "\(byHand)/\(driver)@\(id)" }
    package static func registeredID(_ id: PCIID, _ driver: DriverName) -> String { "\(registeredIDs)/\(driver)@\(id)" }
}
