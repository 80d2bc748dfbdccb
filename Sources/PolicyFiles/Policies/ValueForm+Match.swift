import Passthrough

extension ValueForm<IDPattern> {
    /// `vvvv:dddd`, either half may be `*`.
    static var id: ValueForm {
        ValueForm(example: "\"15b3:1003\"", parse: { IDPattern($0) }, reason: idReason)
    }

    private static func idReason(_ text: String) -> String {
        let form = "must be vendor:device, four hexadecimal digits each, such as \"15b3:1003\""
        let halves = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { half in
            half.map { byte in (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte }
        }
        guard halves.count == 2 else { return form }
        if halves.contains(where: \.isEmpty) { return "one half is missing; \(form)" }
        if halves.allSatisfy({ $0.elementsEqual("*".utf8) }) {
            return "would match every card; at most one half may be \"*\""
        }
        if halves.contains(where: { $0.elementsEqual("ffff".utf8) }) {
            return
                "ffff is not a device ID: absent devices read as ffff, and the kernel uses it as a wildcard; write \"*\" for any"
        }
        if halves.contains(where: { $0.starts(with: "0x".utf8) }) { return "write it without 0x; \(form)" }
        let long = halves.filter { $0.count > 4 && Hexadecimal.parse($0, digits: 1...16) != nil }
        if !long.isEmpty { return "more than 16 bits; \(form)" }
        return form
    }
}

extension ValueForm<ClassPrefix> {
    /// 2, 4 or 6 hexadecimal digits.
    static var classPrefix: ValueForm {
        ValueForm(example: "\"0200\"", parse: { ClassPrefix($0) }) { text in
            let form = "must be 2, 4 or 6 hexadecimal digits, such as \"02\", \"0200\" or \"020000\""
            return text.hasPrefix("0x") || text.hasPrefix("0X") ? "write it without 0x; \(form)" : form
        }
    }
}

extension ValueForm<AddressPattern> {
    /// An address in any form or a glob over the kernel's.
    static var address: ValueForm {
        ValueForm(example: "\"0000:01:00.0\"", parse: { AddressPattern($0) }) { text in
            "must be an address, such as \"0000:01:00.0\", \"01:00.0\" or \"0001:000:000:0\", with a device up to 1f and "
                + "a function up to 7, or a glob over the first form, such as \"0000:01:*\""
        }
    }
}

extension ValueForm<DriverPattern> {
    /// A driver's name or `none`.
    static var driverPattern: ValueForm {
        ValueForm(example: "\"mlx4_core\"", parse: { DriverPattern($0) }) { _ in
            "must be a driver's name as in /sys/bus/pci/drivers, or \"none\""
        }
    }
}

extension ValueForm<PathPattern> {
    /// A glob over the chain of functions.
    static var path: ValueForm {
        ValueForm(example: "\"0000:00:1c.0/*\"", parse: { PathPattern($0) }) { _ in
            "must be a glob over the functions above it and itself, such as \"0000:00:1c.0/0000:01:00.0\" or "
                + "\"0000:00:1c.0/**\"; \"*\" stays within a part"
        }
    }
}

extension ValueForm<SerialNumber> {
    /// PCIe's serial number.
    static var serialNumber: ValueForm {
        ValueForm(example: "\"00-00-c9-ff-ff-00-00-01\"", parse: { SerialNumber($0) }) { _ in
            "must be eight pairs of hexadecimal digits, such as \"00-00-c9-ff-ff-00-00-01\""
        }
    }
}

extension ValueForm<ZPCINumber> {
    /// A number of IBM Z's firmware.
    static var zPCINumber: ValueForm {
        ValueForm(example: "\"0x100\"", parse: { ZPCINumber($0) }) { _ in
            "must be a hexadecimal number of at most 32 bits, such as \"100\" or \"0x100\""
        }
    }
}

extension ValueForm<String> {
    /// A name below `/sys/bus/pci/slots`.
    static var slot: ValueForm {
        ValueForm(example: "\"3\"", parse: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "/")) ? nil : $0 }) { _ in
            "must be a slot's name as in /sys/bus/pci/slots"
        }
    }
}
