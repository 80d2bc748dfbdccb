/// Names one PCI function: domain, bus, device and function.
///
/// The kernel prints `%04x:%02x:%02x.%d` (`drivers/pci/probe.c`, `pci_setup_device`); domains of Intel's VMD
/// controllers begin at 10000 and take five digits or more.
package struct PCIAddress: Hashable, Sendable {
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
        var text = String(text)
        guard let address = text.withUTF8({ PCIAddress(bytes: $0) }) else { return nil }
        self = address
    }

    /// The same for ASCII bytes, without a String: whole hosts are read by it.
    package init?(bytes: UnsafeBufferPointer<UInt8>) {
        // `dddddddd:bbb:ddd:f` is the longest form; a longer text is none.
        guard bytes.count <= 24, let last = bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let head = bytes[..<last]
        let tail = bytes[(last + 1)...]
        guard let middle = head.lastIndex(of: UInt8(ascii: ":")) else {
            self.init(domain: 0, bus: head, deviceAndFunction: tail)
            return
        }
        let front = head[..<middle]
        guard let first = front.firstIndex(of: UInt8(ascii: ":")) else {
            guard let domain = Hexadecimal.parse(front, digits: 4...8) else { return nil }
            self.init(domain: UInt32(domain), bus: head[(middle + 1)...], deviceAndFunction: tail)
            return
        }
        guard let domain = Hexadecimal.parse(front[..<first], digits: 4...8),
            let bus = Hexadecimal.parse(front[(first + 1)...], digits: 1...3),
            let device = Hexadecimal.parse(head[(middle + 1)...], digits: 1...3),
            let function = Hexadecimal.parse(tail, digits: 1...1)
        else { return nil }
        self.init(domain: UInt32(domain), wideBus: bus, wideDevice: device, wideFunction: function)
    }

    /// `bb` and `dd.f`.
    private init?(
        domain: UInt32, bus: Slice<UnsafeBufferPointer<UInt8>>, deviceAndFunction: Slice<UnsafeBufferPointer<UInt8>>
    ) {
        guard deviceAndFunction.count == 4, deviceAndFunction[deviceAndFunction.startIndex + 2] == UInt8(ascii: "."),
            let bus = Hexadecimal.parse(bus, digits: 2...2),
            let device = Hexadecimal.parse(deviceAndFunction.prefix(2), digits: 2...2),
            let function = Hexadecimal.parse(deviceAndFunction.suffix(1), digits: 1...1)
        else { return nil }
        self.init(domain: domain, wideBus: bus, wideDevice: device, wideFunction: function)
    }

    private init?(domain: UInt32, wideBus: UInt64, wideDevice: UInt64, wideFunction: UInt64) {
        guard let bus = UInt8(exactly: wideBus), let device = UInt8(exactly: wideDevice),
            let function = UInt8(exactly: wideFunction)
        else { return nil }
        self.init(domain: domain, bus: bus, device: device, function: function)
    }

    /// The slot that the function shares with the others of its card: the address without the function, `0000:04:00`.
    package var slot: String { String(description.dropLast(2)) }
}

extension PCIAddress: CustomStringConvertible {
    /// The kernel's form, lower case: `0000:04:00.0`.
    package var description: String {
        let domainDigits = domain > 0xffff ? String(domain, radix: 16).utf8.count : 4
        return String(unsafeUninitializedCapacity: domainDigits + 8) { buffer in
            Hexadecimal.write(UInt64(domain), digits: domainDigits, to: buffer, at: 0)
            buffer[domainDigits] = UInt8(ascii: ":")
            Hexadecimal.write(UInt64(bus), digits: 2, to: buffer, at: domainDigits + 1)
            buffer[domainDigits + 3] = UInt8(ascii: ":")
            Hexadecimal.write(UInt64(device), digits: 2, to: buffer, at: domainDigits + 4)
            buffer[domainDigits + 6] = UInt8(ascii: ".")
            Hexadecimal.write(UInt64(function), digits: 1, to: buffer, at: domainDigits + 7)
            return domainDigits + 8
        }
    }
}

extension PCIAddress: Comparable {
    private var order: UInt64 {
        UInt64(domain) << 16 | UInt64(bus) << 8 | UInt64(device) << 3 | UInt64(function)
    }

    package static func < (left: PCIAddress, right: PCIAddress) -> Bool { left.order < right.order }
}
