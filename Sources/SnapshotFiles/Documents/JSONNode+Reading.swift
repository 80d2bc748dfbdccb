import Passthrough
import PolicyFiles

extension JSONNode {
    func fails(_ wanted: String) -> SnapshotError { SnapshotError("", "must be \(wanted), not \(typeName)") }

    func string() throws(SnapshotError) -> String {
        guard case .text(let text) = self else { throw fails("a string") }
        return text
    }

    func flag() throws(SnapshotError) -> Bool {
        guard case .bool(let value) = self else { throw fails("true or false") }
        return value
    }

    /// An integer in the range of a type.
    func integer<Number: FixedWidthInteger>() throws(SnapshotError) -> Number {
        let wanted = "a number from \(Number.min) to \(Number.max)"
        guard case .number(let value) = self else { throw fails(wanted) }
        guard let number = Number(exactly: value) else { throw SnapshotError("", "\(value): must be \(wanted)") }
        return number
    }

    /// A string of this form.
    func parsed<Value>(_ wanted: String, _ parse: (String) -> Value?) throws(SnapshotError) -> Value {
        let text = try string()
        guard let value = parse(text) else { throw SnapshotError("", "\(text.debugDescription): must be \(wanted)") }
        return value
    }

    /// One of the names of an enumeration.
    func choice<Value: RawRepresentable & CaseIterable>() throws(SnapshotError) -> Value
    where Value.RawValue == String {
        let text = try string()
        if let value = Value(rawValue: text) { return value }
        let hint = Suggestion.choice(of: text, among: Value.allCases.map(\.rawValue))
        throw SnapshotError("", "\(text.debugDescription): \(hint)")
    }

    func address() throws(SnapshotError) -> PCIAddress {
        try parsed("an address such as \"0000:01:00.0\"") { PCIAddress($0) }
    }

    func id() throws(SnapshotError) -> PCIID { try parsed("vendor:device, such as \"15b3:1003\"") { PCIID($0) } }

    func driver() throws(SnapshotError) -> DriverName { try parsed("a driver's name") { DriverName($0) } }

    func zPCINumber() throws(SnapshotError) -> ZPCINumber {
        try parsed("a hexadecimal number of at most 32 bits, such as \"0x100\"") { ZPCINumber($0) }
    }

    func serialNumber() throws(SnapshotError) -> SerialNumber {
        try parsed("eight bytes with dashes, xx-xx-xx-xx-xx-xx-xx-xx") { SerialNumber($0) }
    }

    /// A number in hexadecimal digits, `020000`.
    func hexadecimal(_ digits: ClosedRange<Int>) throws(SnapshotError) -> UInt64 {
        try parsed("\(digits.upperBound) hexadecimal digits") { Hexadecimal.parse($0.utf8, digits: digits) }
    }

    /// Every entry of a list; errors name its place, from 0.
    func entries<Value>(_ read: (JSONNode) throws(SnapshotError) -> Value) throws(SnapshotError) -> [Value] {
        guard case .list(let nodes) = self else { throw fails("a list") }
        var values: [Value] = []
        values.reserveCapacity(nodes.count)
        for (index, node) in nodes.enumerated() {
            do throws(SnapshotError) {
                values.append(try read(node))
            } catch {
                throw error.below("[\(index)]")
            }
        }
        return values
    }

    /// The members of an object.
    func members() throws(SnapshotError) -> [Member] {
        guard case .object(let members) = self else { throw fails("an object") }
        return members
    }

    /// Reads each member; null is as good as a key that is not there. Errors name the key.
    func eachMember(_ read: (String, JSONNode) throws(SnapshotError) -> Void) throws(SnapshotError) {
        for member in try members() where member.value != .null {
            do throws(SnapshotError) {
                try read(member.key, member.value)
            } catch {
                throw error.below(member.key)
            }
        }
    }

    static func unknown(_ key: String, among known: [String]) -> SnapshotError {
        SnapshotError("", "unknown key; \(Suggestion.hint(for: key, among: known))")
    }
}
