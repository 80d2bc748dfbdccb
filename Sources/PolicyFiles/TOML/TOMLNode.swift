import Passthrough
import TOMLKit

/// A value of a TOML document, taken out of the parser's own memory.
package enum TOMLNode: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([TOMLNode])
    case table([String: TOMLNode])
    /// A type that nothing here takes, with its name: a float or one of the dates.
    case other(String)

    /// The type as a message names it: `a string`.
    package var typeName: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "a boolean"
        case .array: "a list"
        case .table: "a table"
        case .other(let name): name
        }
    }

    /// Parses a document with toml++, which stops at the first error.
    ///
    /// The text must have passed `TOMLScanner`, which says why.
    static func document(_ text: String) throws(TOMLSyntaxError) -> [String: TOMLNode] {
        let document: TOMLTable
        do {
            document = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let begin = error.source.begin
            throw TOMLSyntaxError(line: begin.line, column: begin.column, reason: MessageText.plain(error.description))
        } catch {
            throw TOMLSyntaxError(line: nil, column: nil, reason: MessageText.plain("\(error)"))
        }
        // TOMLKit never frees a document; this frees all but its shell.
        defer { document.clear() }
        return entries(document)
    }

    /// Keys and values come in the same order, that of toml++'s map: one walk each, where the subscript would search every time.
    private static func entries(_ table: TOMLTable) -> [String: TOMLNode] {
        Dictionary(zip(table.keys, table.values.map(TOMLNode.init))) { first, _ in first }
    }

    private init(_ value: TOMLValue) {
        switch value.type {
        case .string: self = .string(value.string ?? "")
        case .int: self = .integer(value.int ?? 0)
        case .bool: self = .boolean(value.bool ?? false)
        case .array: self = .array(value.array?.map { TOMLNode($0.tomlValue) } ?? [])
        case .table: self = .table(value.table.map(TOMLNode.entries) ?? [:])
        case .double: self = .other("a floating-point number")
        case .date: self = .other("a date")
        case .time: self = .other("a time")
        case .dateTime: self = .other("a date with time")
        }
    }
}
