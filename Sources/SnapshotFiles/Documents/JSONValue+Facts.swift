import JSON
import Passthrough

extension JSONValue {
    /// One of the names of an enumeration.
    func choice<Value: RawRepresentable & CaseIterable>() throws(JSONError) -> Value
    where Value.RawValue == String {
        let text = try string()
        if let value = Value(rawValue: text) { return value }
        let hint = Suggestion.choice(of: text, among: Value.allCases.map(\.rawValue))
        throw JSONError("", "\(text.debugDescription): \(hint)")
    }

    func address() throws(JSONError) -> PCIAddress {
        try parsed("an address such as \"0000:01:00.0\"") { PCIAddress($0) }
    }

    func id() throws(JSONError) -> PCIID { try parsed("vendor:device, such as \"15b3:1003\"") { PCIID($0) } }

    func driver() throws(JSONError) -> DriverName { try parsed("a driver's name") { DriverName($0) } }

    func zPCINumber() throws(JSONError) -> ZPCINumber {
        try parsed("a hexadecimal number of at most 32 bits, such as \"0x100\"") { ZPCINumber($0) }
    }

    func serialNumber() throws(JSONError) -> SerialNumber {
        try parsed("eight bytes with dashes, xx-xx-xx-xx-xx-xx-xx-xx") { SerialNumber($0) }
    }

    /// A number in hexadecimal digits, `020000`.
    func hexadecimal(_ digits: ClosedRange<Int>) throws(JSONError) -> UInt64 {
        try parsed("\(digits.upperBound) hexadecimal digits") { Hexadecimal.parse($0.utf8, digits: digits) }
    }

    static func unknown(_ key: String, among known: [String]) -> JSONError {
        JSONError("", "unknown key; \(Suggestion.hint(for: key, among: known))")
    }
}
