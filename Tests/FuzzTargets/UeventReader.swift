import Passthrough

/// Properties with a newline or a NUL byte behind each, as udev's environment has them.
struct UeventReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        var properties: [String: String] = [:]
        for line in bytes.split(whereSeparator: { $0 == 0 || $0 == UInt8(ascii: "\n") }) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let key = String(decoding: line[..<equals], as: UTF8.self)
            properties[key] = String(decoding: line[line.index(after: equals)...], as: UTF8.self)
        }
        if let event = bytes.withUnsafeBytes({ Uevent(message: $0) }), let newcomer = PCIFunction(event) {
            guard newcomer.address == event.address else { return "\(newcomer.address) is another address" }
        }
        do throws(Uevent.Rejection) {
            let event = try Uevent { properties[$0] }
            let path = properties["DEVPATH"] ?? ""
            guard path.hasSuffix("/\(event.address)"), !path.contains("/../") else { return "\(path) was taken" }
            return properties["SUBSYSTEM"] == "pci" ? nil : "another subsystem was taken"
        } catch {
            return nil
        }
    }
}
