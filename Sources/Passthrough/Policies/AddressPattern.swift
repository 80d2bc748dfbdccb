/// One address in any form, or a glob over the kernel's form.
package enum AddressPattern: Hashable, Sendable, CustomStringConvertible {
    case exact(PCIAddress)
    case glob(GlobPattern)

    /// Reads an address first; what is none must be a glob with `*`, `?` or `[`.
    ///
    /// Rejected: a text that is neither, or a glob with characters that no address has.
    package init?(_ text: String) {
        if let address = PCIAddress(text) {
            self = .exact(address)
        } else if text.utf8.contains(where: { "*?[".utf8.contains($0) }),
            text.utf8.allSatisfy({ "0123456789abcdefABCDEF:.*?[]!^-".utf8.contains($0) }),
            let glob = GlobPattern(text.lowercased())
        {
            self = .glob(glob)
        } else {
            return nil
        }
    }

    package func matches(_ address: PCIAddress) -> Bool {
        switch self {
        case .exact(let wanted): wanted == address
        case .glob(let glob): glob.matches(address.description)
        }
    }

    package var description: String {
        switch self {
        case .exact(let address): address.description
        case .glob(let glob): glob.text
        }
    }
}
