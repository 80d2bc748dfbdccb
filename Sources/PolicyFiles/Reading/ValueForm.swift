import Passthrough

/// How a text is read as a value, and what is said of one that cannot be.
package struct ValueForm<Value> {
    /// A value as it would stand in a file, with its quotes.
    package let example: () -> String
    package let parse: (String) -> Value?
    /// Why a text that `parse` refuses is wrong, and what would be right.
    package let reason: (String) -> String

    package init(
        example: @escaping @autoclosure () -> String, parse: @escaping (String) -> Value?,
        reason: @escaping (String) -> String
    ) {
        self.example = example
        self.parse = parse
        self.reason = reason
    }
}

extension ValueForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    package static var choice: ValueForm {
        ValueForm(
            example: MessageText.quoted(Value.allCases.first?.rawValue ?? ""), parse: { Value(rawValue: $0) },
            reason: { Suggestion.choice(of: $0, among: Value.allCases.map(\.rawValue)) })
    }
}

extension ValueForm<String> {
    /// One of these words.
    package static func word(among words: [String]) -> ValueForm {
        ValueForm(
            example: MessageText.quoted(words.first ?? ""),
            parse: { words.contains($0) ? $0 : nil },
            reason: { Suggestion.choice(of: $0, among: words) })
    }

    /// Any text.
    package static var text: ValueForm { ValueForm(example: "\"…\"", parse: { $0 }, reason: { _ in "" }) }

    /// Any text that is not empty.
    package static var nonEmptyText: ValueForm {
        ValueForm(example: "\"…\"", parse: { $0.isEmpty ? nil : $0 }, reason: { _ in "must not be empty" })
    }

    /// A policy's name: `[A-Za-z0-9._-]+`.
    package static var name: ValueForm {
        ValueForm(
            example: "\"roce-express\"",
            parse: { text in
                let isName = text.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
                return isName && !text.isEmpty ? text : nil
            },
            reason: { _ in "a name has letters, digits, \".\", \"_\" and \"-\", and at least one of them" })
    }
}

extension ValueForm<DriverName> {
    /// The driver that is wanted; `none` and `auto` are not names here.
    static var driver: ValueForm {
        ValueForm(
            example: "\"vfio-pci\"",
            parse: { $0 == "none" || $0 == "auto" ? nil : DriverName($0) },
            reason: { text in
                switch text {
                case "none": "a policy gives a function to a driver; to leave it alone write action = \"ignore\""
                default: "no driver's name; names are those of /sys/bus/pci/drivers"
                }
            })
    }
}
