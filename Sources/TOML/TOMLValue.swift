/// A value of any of TOML's types.
package enum TOMLValue: Sendable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case moment(TOMLMoment)
    case array([TOMLNode])
    case table(TOMLTable)

    /// The type as a message names it: `a string`.
    package var typeName: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a floating-point number"
        case .boolean: "a boolean"
        case .moment(let moment): moment.kind.rawValue
        case .array: "a list"
        case .table: "a table"
        }
    }
}
