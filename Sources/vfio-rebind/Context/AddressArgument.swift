import ArgumentParser
import Passthrough

/// An address on the command line, in any of its forms.
struct AddressArgument {
    let address: PCIAddress

    /// Throws a message with the accepted forms.
    init(_ text: String) throws {
        guard let address = PCIAddress(text) else {
            throw ValidationError(
                "not a PCI address; write it as 0000:01:00.0, 01:00.0 or 0001:000:000:0, with hexadecimal digits")
        }
        self.address = address
    }
}
