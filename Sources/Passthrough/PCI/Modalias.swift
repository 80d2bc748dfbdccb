/// What the kernel says of a function for the sake of modules, all in one line: `pci:v000015B3d00001003sv000015B3sd00000007bc02sc00i00`
/// (`drivers/pci/pci-sysfs.c`, `modalias_show`).
package struct Modalias: Equatable, CustomStringConvertible {
    package let id: PCIID
    /// 0000:0000 where the function has none.
    package let subsystem: PCIID
    package let classCode: ClassCode

    package init(id: PCIID, subsystem: PCIID? = nil, classCode: ClassCode = ClassCode(0)) {
        self.id = id
        self.subsystem = subsystem ?? PCIID(vendor: 0, device: 0)
        self.classCode = classCode
    }

    /// Parses the line as the kernel prints it; nil for a pattern of a driver, with `*` in it, and for anything else.
    package init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        func number(_ key: String, _ digits: Int) -> UInt64? {
            guard rest.starts(with: key.utf8) else { return nil }
            rest = rest.dropFirst(key.utf8.count)
            defer { rest = rest.dropFirst(digits) }
            return Hexadecimal.parse(rest.prefix(digits), digits: digits...digits)
        }
        func id(_ vendorKey: String, _ deviceKey: String) -> PCIID? {
            guard let vendor = number(vendorKey, 8).flatMap(UInt16.init(exactly:)),
                let device = number(deviceKey, 8).flatMap(UInt16.init(exactly:))
            else { return nil }
            return PCIID(vendor: vendor, device: device)
        }
        guard let own = id("pci:v", "d"), let subsystem = id("sv", "sd"), let base = number("bc", 2),
            let subclass = number("sc", 2), let interface = number("i", 2), rest.isEmpty
        else { return nil }
        self.init(id: own, subsystem: subsystem, classCode: ClassCode(UInt32(base << 16 | subclass << 8 | interface)))
    }

    package var description: String {
        func digits(_ value: some BinaryInteger, _ count: Int) -> String {
            Hexadecimal.text(UInt64(value), digits: count).uppercased()
        }
        let code = classCode.value
        return "pci:v\(digits(id.vendor, 8))d\(digits(id.device, 8))"
            + "sv\(digits(subsystem.vendor, 8))sd\(digits(subsystem.device, 8))"
            + "bc\(digits(code >> 16, 2))sc\(digits(code >> 8 & 0xff, 2))i\(digits(code & 0xff, 2))"
    }
}
