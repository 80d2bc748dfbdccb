import Passthrough

enum FuzzInput {
    /// The function that every made-up host has.
    static let address: PCIAddress = {
        guard let address = PCIAddress("0000:04:00.0") else { preconditionFailure("an address does not read") }
        return address
    }()
}
