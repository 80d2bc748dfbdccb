import Passthrough
package import TOML

/// Reads the keys of one TOML table and collects everything that is wrong with them.
///
/// Each function gives nil both for a key that is not there and for a bad value; the second leaves an error.
package struct TableReader {
    package private(set) var errors: [PolicyError] = []
    package let scope: ErrorScope
    private let table: TOMLTable

    /// Takes a table whose keys are known; every other key is an error with the nearest known key.
    ///
    /// `elsewhere` names keys that belong into another table, with what to write instead.
    package init(
        _ table: TOMLTable, known: [String], elsewhere: [String: String] = [:], scope: ErrorScope
    ) {
        self.table = table
        self.scope = scope
        for member in table.members where !known.contains(member.key) {
            let hint = elsewhere[member.key] ?? Suggestion.hint(for: member.key, among: known)
            errors.append(scope.error(member.key, line: member.position.line, "unknown key; \(hint)"))
        }
    }

    /// Whether a key is there, with whatever value.
    package func has(_ key: String) -> Bool { table[key] != nil }

    /// The value of a key, unread.
    package func value(_ key: String) -> TOMLValue? { table[key] }

    /// Whether the value is just this text.
    package func isText(_ key: String, _ text: String) -> Bool {
        if case .string(text)? = table[key] { true } else { false }
    }

    /// Adds an error of a key, of something below it (`key.inner`, `key[1]`), or with an empty key of the table.
    package mutating func fail(_ key: String, line: Int? = nil, _ reason: String) {
        errors.append(error(key, line: line, reason))
    }

    /// An error with the line that is given, else that of the key, else that of the table.
    package func error(_ key: String, line: Int? = nil, _ reason: String) -> PolicyError {
        let member = table.member(key) ?? table.member(String(key.prefix { $0 != "." && $0 != "[" }))
        return scope.error(key, line: line ?? member?.position.line ?? table.position.line, reason)
    }

    /// Adds the errors of a table below.
    package mutating func take(_ more: [PolicyError]) { errors += more }

    /// A string of this form.
    package mutating func value<Value>(_ key: String, _ form: ValueForm<Value>) -> Value? {
        switch table[key] {
        case nil: return nil
        case .string(let text)?: return parse(text, key, form)
        case let value?:
            fail(key, "must be a string, such as \(form.example()), not \(value.typeName)")
            return nil
        }
    }

    /// A string of this form or a list of them, which must not be empty; nil if any of them is bad.
    package mutating func values<Value>(_ key: String, _ form: ValueForm<Value>) -> [Value]? {
        guard case .array(let nodes)? = table[key] else {
            switch table[key] {
            case nil: return nil
            case .string(let text)?: return parse(text, key, form).map { [$0] }
            case let value?:
                fail(key, "must be a string or a list of strings, such as \(form.example()), not \(value.typeName)")
                return nil
            }
        }
        if nodes.isEmpty { fail(key, "the list is empty; write at least one value, such as \(form.example())") }
        var values: [Value] = []
        for (index, node) in nodes.enumerated() {
            let line = node.position.line
            if case .string(let text) = node.value {
                if let value = parse(text, key, form, line: line) { values.append(value) }
            } else {
                let type = node.value.typeName
                fail(key, line: line, "value \(index + 1) must be a string, such as \(form.example()), not \(type)")
            }
        }
        return values.isEmpty || values.count != nodes.count ? nil : values
    }

    private mutating func parse<Value>(
        _ text: String, _ key: String, _ form: ValueForm<Value>, line: Int? = nil
    ) -> Value? {
        if let value = form.parse(text) { return value }
        fail(key, line: line, "\(MessageText.quoted(text)): \(form.reason(text))")
        return nil
    }

    /// A number from 0, or a list of them, which must not be empty.
    package mutating func numbers(_ key: String) -> [Int]? {
        let values: [TOMLValue]
        switch table[key] {
        case nil: return nil
        case .array(let list)?: values = list.map(\.value)
        case let value?: values = [value]
        }
        let numbers = values.compactMap { value -> Int? in if case .integer(let number) = value { number } else { nil }
        }
        guard !values.isEmpty, numbers.count == values.count, numbers.allSatisfy({ $0 >= 0 }) else {
            fail(key, "must be a number from 0 or a list of them, such as 0 or [0, 1]")
            return nil
        }
        return numbers
    }

    /// An integer in a range.
    package mutating func integer(_ key: String, _ range: ClosedRange<Int>, _ unit: String) -> Int? {
        switch table[key] {
        case nil: return nil
        case .integer(let number)? where range.contains(number): return number
        case .integer(let number)?:
            fail(key, "\(number): must be \(unit) from \(range.lowerBound) to \(range.upperBound)")
        case let value?:
            fail(
                key,
                "must be an integer, \(unit) from \(range.lowerBound) to \(range.upperBound), not \(value.typeName)"
            )
        }
        return nil
    }

    /// A boolean.
    package mutating func boolean(_ key: String) -> Bool? {
        switch table[key] {
        case nil: return nil
        case .boolean(let isTrue)?: return isTrue
        case let value?:
            fail(key, "must be true or false, without quotes, not \(value.typeName)")
            return nil
        }
    }

    /// A table; one that is empty is given too.
    package mutating func table(_ key: String) -> TOMLTable? {
        switch table[key] {
        case nil: return nil
        case .table(let entries)?: return entries
        case let value?:
            fail(key, "must be a table, \(key) = { … }, not \(value.typeName)")
            return nil
        }
    }
}
