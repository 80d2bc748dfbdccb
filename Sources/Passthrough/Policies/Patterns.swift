/// `vvvv:dddd` where either half, not both, may be `*`.
package struct IDPattern: Hashable, Sendable, CustomStringConvertible {
    /// nil stands for `*`.
    package let vendor: UInt16?
    package let device: UInt16?

    /// The card type that this names exactly; nil with a `*`.
    package var exact: PCIID? {
        guard let vendor, let device else { return nil }
        return PCIID(vendor: vendor, device: device)
    }

    package init(_ id: PCIID) {
        vendor = id.vendor
        device = id.device
    }

    /// Parses it. Rejected: other forms, `*:*`, and `ffff`, which is what a vanished function reads as and
    /// a wildcard of the kernel (PCI_ANY_ID) if widened.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var halves: [UInt16?] = []
        for part in parts {
            if part.elementsEqual("*".utf8) {
                halves.append(nil)
            } else if let value = Hexadecimal.parse(part, digits: 4...4), value != 0xffff {
                halves.append(UInt16(value))
            } else {
                return nil
            }
        }
        guard halves[0] != nil || halves[1] != nil else { return nil }
        vendor = halves[0]
        device = halves[1]
    }

    package func matches(_ id: PCIID) -> Bool {
        (vendor == nil || vendor == id.vendor) && (device == nil || device == id.device)
    }

    package var description: String {
        let vendor = vendor.map { Hexadecimal.text(UInt64($0), digits: 4) } ?? "*"
        let device = device.map { Hexadecimal.text(UInt64($0), digits: 4) } ?? "*"
        return "\(vendor):\(device)"
    }
}

/// The first 2, 4 or 6 hexadecimal digits of a class code.
package struct ClassPrefix: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt32
    /// 2, 4 or 6.
    package let digits: Int

    package init?(_ text: String) {
        guard [2, 4, 6].contains(text.utf8.count), let value = Hexadecimal.parse(text.utf8, digits: 2...6) else {
            return nil
        }
        self.value = UInt32(value)
        digits = text.utf8.count
    }

    package func matches(_ code: ClassCode) -> Bool { code.value >> UInt32((6 - digits) * 4) == value }

    package var description: String { Hexadecimal.text(UInt64(value), digits: digits) }
}

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

/// A driver's name, or `none` for a function without one.
package enum DriverPattern: Hashable, Sendable, CustomStringConvertible {
    case unbound
    case named(DriverName)

    package init?(_ text: String) {
        if text == "none" {
            self = .unbound
        } else if let name = DriverName(text) {
            self = .named(name)
        } else {
            return nil
        }
    }

    package func matches(_ driver: DriverName?) -> Bool {
        switch self {
        case .unbound: driver == nil
        case .named(let name): driver == name
        }
    }

    package var description: String {
        switch self {
        case .unbound: "none"
        case .named(let name): name.text
        }
    }
}

/// `physical`, `virtual` or `any`.
package enum RolePattern: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case any, physical, virtual

    package func matches(_ role: FunctionRole) -> Bool { self == .any || rawValue == role.rawValue }

    package var description: String { rawValue }
}
