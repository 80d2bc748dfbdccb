/// What a function may be known by besides its address and ids; each is read only where a policy asks for it.
package struct FunctionIdentity: Hashable, Sendable {
    /// The name below `/sys/bus/pci/slots` of the slot that it is plugged into.
    package var slot: String?
    /// PCIe's Device Serial Number; nil where the card has none, or it could not be read.
    package var serialNumber: SerialNumber?
    /// Whether neither the attribute nor the full configuration space could be read, which takes root rights.
    package var isSerialNumberUnknown = false
    /// The kernel's `removable`, which PCI functions have only where firmware says something of their port.
    package var removability: Removability?
    /// zPCI's function id, on IBM Z (Documentation/arch/s390/pci.rst).
    package var fid: ZPCINumber?
    package var uid: ZPCINumber?
    /// The physical channel id of the card.
    package var pchid: ZPCINumber?
    /// What a PF says of its VFs; nil for every other function.
    package var virtualFunctions: VirtualFunctionPool?
    /// Whether it is a VF whose PF keeps drivers from it: nothing but an override lets one have it then.
    package var wantsOverride = false

    package init() {}
}

/// Facts of a function that cost more than they are worth unless a policy asks for them.
package struct FunctionFacts: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing; made without the protocol's generic initialiser, which costs `handle` a tenth of its instructions.
    package static var none: FunctionFacts { FunctionFacts(rawValue: 0) }
    package static let slot = FunctionFacts(rawValue: 1)
    package static let serialNumber = FunctionFacts(rawValue: 2)
    package static let removability = FunctionFacts(rawValue: 4)
    /// `fid`, `uid` and `pchid`.
    package static let zPCI = FunctionFacts(rawValue: 8)
    package static let virtualFunctions = FunctionFacts(rawValue: 32)
    /// Only a brief reading leaves it out.
    package static let numaNode = FunctionFacts(rawValue: 64)
    /// Which variant drivers there are; a fact of the host.
    package static let variants = FunctionFacts(rawValue: 16)
    /// What is read of every function for a snapshot.
    package static let all: FunctionFacts = [.slot, .serialNumber, .removability, .zPCI]
}

/// The kernel's attribute `removable` (Documentation/ABI/testing/sysfs-devices-removable).
package enum Removability: String, Sendable, CaseIterable, CustomStringConvertible {
    case removable, fixed, unknown

    package var description: String { rawValue }
}

/// The eight bytes of PCIe's Device Serial Number capability, the upper half first, as lspci and sysfs write them.
package struct SerialNumber: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    /// Eight pairs of hexadecimal digits with `-` between them, upper and lower case alike.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 8, parts.allSatisfy({ $0.count == 2 }),
            let value = Hexadecimal.parse(Array(parts.joined()), digits: 16...16)
        else { return nil }
        self.value = value
    }

    package var description: String {
        (0..<8).map { Hexadecimal.text(value >> UInt64(56 - 8 * $0) & 0xff, digits: 2) }.joined(separator: "-")
    }
}

/// A number by which firmware of IBM Z knows a function: at most 32 bits.
package struct ZPCINumber: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt32

    package init(_ value: UInt32) { self.value = value }

    /// Hexadecimal digits, with or without `0x` and leading zeros.
    package init?(_ text: String) {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.utf8.dropFirst(2) : text.utf8[...]
        guard let value = Hexadecimal.parse(digits, digits: 1...16), let value = UInt32(exactly: value) else {
            return nil
        }
        self.value = value
    }

    package var description: String { "0x" + Hexadecimal.text(UInt64(value), digits: 1) }
}
