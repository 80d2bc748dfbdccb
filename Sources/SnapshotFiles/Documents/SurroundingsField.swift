import JSON
import Passthrough

/// One key of `surroundings` in a snapshot: how it is written and read. A new fact is a new line in `all`.
struct SurroundingsField: Sendable {
    let name: String
    let write: @Sendable (Surroundings) -> JSONValue
    /// Not called for null.
    let read: @Sendable (JSONValue, inout Surroundings) throws(JSONError) -> Void

    private init<Value: Sendable>(
        _ name: String, _ path: any WritableKeyPath<Surroundings, Value> & Sendable,
        _ write: @escaping @Sendable (Value) -> JSONValue,
        _ read: @escaping @Sendable (JSONValue) throws(JSONError) -> Value
    ) {
        self.name = name
        self.write = { write($0[keyPath: path]) }
        self.read = { (node, surroundings) throws(JSONError) in surroundings[keyPath: path] = try read(node) }
    }

    /// Sorted by name.
    static let all: [SurroundingsField] = [
        flag("allows_unsafe_interrupts", \.allowsUnsafeInterrupts), choice("boot_loader", \.bootLoader),
        SurroundingsField("direct_groups", \.directGroups, { .list($0.map { .number($0) }) }) {
            (node) throws(JSONError) in try node.entries { (node) throws(JSONError) in try node.integer() }
        },
        lines("driverctl", \.driverctl),
        SurroundingsField("firmware_names_iommu", \.firmwareNamesIOMMU, { $0.map { .bool($0) } ?? .null }) {
            (node) throws(JSONError) in try node.flag()
        },
        flag("has_rule", \.hasRule), texts("iommus", \.iommus), texts("kernel_words", \.kernelWords),
        SurroundingsField("lockable_bytes", \.lockableBytes, { .number($0) }) {
            (node) throws(JSONError) in try node.integer()
        },
        lines("modprobe_lines", \.modprobeLines), SurroundingsField("node_modes", \.nodeModes, modes, readModes),
        choice("processor", \.processor),
        SurroundingsField("remaps_interrupts", \.remapsInterrupts, { $0.map { .bool($0) } ?? .null }) {
            (node) throws(JSONError) in try node.flag()
        },
        lines("sriov_lines", \.sriovLines), lines("udev_lines", \.udevLines), choice("vfio_pci", \.vfioPCI),
    ]

    private static func flag(
        _ name: String, _ path: any WritableKeyPath<Surroundings, Bool> & Sendable
    ) -> SurroundingsField {
        SurroundingsField(name, path, { .bool($0) }) { (node) throws(JSONError) in try node.flag() }
    }

    private static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Surroundings, Value> & Sendable
    ) -> SurroundingsField where Value.RawValue == String {
        SurroundingsField(name, path, { .text($0.rawValue) }) { (node) throws(JSONError) in try node.choice() }
    }

    private static func texts(
        _ name: String, _ path: any WritableKeyPath<Surroundings, [String]> & Sendable
    ) -> SurroundingsField {
        SurroundingsField(name, path, { .texts($0) }) { (node) throws(JSONError) in
            try node.entries { (node) throws(JSONError) in try node.string() }
        }
    }

    private static func lines(
        _ name: String, _ path: any WritableKeyPath<Surroundings, [ConfigurationLine]> & Sendable
    ) -> SurroundingsField {
        SurroundingsField(name, path, { .list($0.map(node)) }) { (node) throws(JSONError) in
            try node.entries(readLine)
        }
    }

    private static func modes(_ modes: [String: UInt32]) -> JSONValue { .object(modes.mapValues { .number($0) }) }

    private static func readModes(_ node: JSONValue) throws(JSONError) -> [String: UInt32] {
        var modes: [String: UInt32] = [:]
        try node.eachMember { (key, value) throws(JSONError) in modes[key] = try value.integer() }
        return modes
    }

    private static func node(_ line: ConfigurationLine) -> JSONValue {
        .object(["file": .text(line.file), "number": .number(line.number), "text": .text(line.text)])
    }

    private static func readLine(_ node: JSONValue) throws(JSONError) -> ConfigurationLine {
        var file: String?
        var number: Int?
        var text: String?
        try node.eachMember { (key, value) throws(JSONError) in
            switch key {
            case "file": file = try value.string()
            case "number": number = try value.integer()
            case "text": text = try value.string()
            default: throw JSONValue.unknown(key, among: ["file", "number", "text"])
            }
        }
        guard let file, let number, let text else { throw JSONError("", "file, number or text is missing") }
        return ConfigurationLine(file: file, number: number, text: text)
    }
}
