/// Names one PCI function: domain, bus, device and function.
///
/// The kernel prints `%04x:%02x:%02x.%d` (`drivers/pci/probe.c`, `pci_setup_device`); domains of Intel's VMD
/// controllers begin at 10000 and take five digits or more.
package struct PCIAddress: Hashable, Sendable, Codable {
    package let domain: UInt32
    package let bus: UInt8
    /// 0 to 0x1f.
    package let device: UInt8
    /// 0 to 7.
    package let function: UInt8

    /// Makes an address from numbers; nil when device or function is out of range.
    package init?(domain: UInt32, bus: UInt8, device: UInt8, function: UInt8) {
        guard device <= 0x1f, function <= 7 else { return nil }
        self.domain = domain
        self.bus = bus
        self.device = device
        self.function = function
    }

    /// Parses one of the three forms in which people write addresses.
    ///
    /// Accepted: `dddd:bb:dd.f` (domain of 4 to 8 hexadecimal digits), `bb:dd.f` (domain 0), and the form of IBM's documents,
    /// `0001:000:000:0` (domain:bus:device:function, all hexadecimal, with leading zeros). Upper and lower case alike.
    /// Rejected: anything else, blanks and `0x` included, and numbers out of range.
    package init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 4, omittingEmptySubsequences: false)
        var domain: UInt32 = 0
        switch parts.count {
        case 4:
            guard let parsedDomain = Hexadecimal.parse(parts[0], digits: 4...8),
                let bus = Hexadecimal.parse(parts[1], digits: 1...3),
                let device = Hexadecimal.parse(parts[2], digits: 1...3),
                let function = Hexadecimal.parse(parts[3], digits: 1...1)
            else { return nil }
            self.init(domain: UInt32(parsedDomain), wideBus: bus, wideDevice: device, wideFunction: function)
            return
        case 3:
            guard let parsed = Hexadecimal.parse(parts[0], digits: 4...8) else { return nil }
            domain = UInt32(parsed)
        case 2:
            break
        default:
            return nil
        }
        let tail = parts[parts.count - 1].split(
            separator: UInt8(ascii: "."), maxSplits: 2, omittingEmptySubsequences: false)
        guard tail.count == 2, let bus = Hexadecimal.parse(parts[parts.count - 2], digits: 2...2),
            let device = Hexadecimal.parse(tail[0], digits: 2...2),
            let function = Hexadecimal.parse(tail[1], digits: 1...1)
        else { return nil }
        self.init(domain: domain, wideBus: bus, wideDevice: device, wideFunction: function)
    }

    private init?(domain: UInt32, wideBus: UInt64, wideDevice: UInt64, wideFunction: UInt64) {
        guard let bus = UInt8(exactly: wideBus), let device = UInt8(exactly: wideDevice),
            let function = UInt8(exactly: wideFunction)
        else { return nil }
        self.init(domain: domain, bus: bus, device: device, function: function)
    }

    /// The slot that the function shares with the others of its card: the address with function 0.
    package var slot: String {
        "\(Hexadecimal.text(UInt64(domain), digits: 4)):\(Hexadecimal.text(UInt64(bus), digits: 2)):"
            + Hexadecimal.text(UInt64(device), digits: 2)
    }
}

extension PCIAddress: CustomStringConvertible {
    /// The kernel's form, lower case: `0000:04:00.0`.
    package var description: String { "\(slot).\(function)" }
}

extension PCIAddress: Comparable {
    private var order: UInt64 {
        UInt64(domain) << 16 | UInt64(bus) << 8 | UInt64(device) << 3 | UInt64(function)
    }

    package static func < (left: PCIAddress, right: PCIAddress) -> Bool { left.order < right.order }
}
