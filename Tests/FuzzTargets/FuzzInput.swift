import Passthrough

enum FuzzInput {
    /// The function that every made-up host has.
    static let address: PCIAddress = {
        guard let address = PCIAddress("0000:04:00.0") else { preconditionFailure("an address does not read") }
        return address
    }()

    /// Whether a path goes up: a component is `..`, and does not only begin so, as a driver's name may.
    static func leadsOut(_ path: String?) -> Bool { path?.split(separator: "/").contains("..") ?? false }
}
