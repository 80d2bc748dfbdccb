import Passthrough

struct AddressReader: FuzzReader {
    private static let subjects = ["0000:00:00.0", "10000:e1:00.0", "0000:00:1c.0/0000:01:00.0"]

    func complaint(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let address = PCIAddress(text), PCIAddress(address.description) != address {
            return "\(address) does not read as itself"
        }
        if let id = PCIID(text), PCIID(id.description) != id { return "\(id) does not read as itself" }
        if let driver = DriverName(text), driver.text != text || text.contains("/") { return "\(driver) is no driver" }
        if let serial = SerialNumber(text), SerialNumber(serial.description) != serial {
            return "\(serial) does not read as itself"
        }
        if let number = ZPCINumber(text), ZPCINumber(number.description) != number {
            return "\(number) does not read as itself"
        }
        return patternComplaint(text)
    }

    private func patternComplaint(_ text: String) -> String? {
        if let pattern = IDPattern(text), IDPattern(pattern.description) != pattern {
            return "\(pattern) does not read as itself"
        }
        if let prefix = ClassPrefix(text), ClassPrefix(prefix.description) != prefix {
            return "\(prefix) does not read as itself"
        }
        for subject in AddressReader.subjects {
            if let pattern = GlobPattern(text) { _ = pattern.matches(subject) }
            if let pattern = PathPattern(text) {
                _ = pattern.matches(subject.split(separator: "/").compactMap { PCIAddress(String($0)) })
            }
        }
        return nil
    }
}
