/// A driver's name, or `none` for a function without one.
package enum DriverPattern: Hashable, Sendable, CustomStringConvertible {
    case unbound
    case named(DriverName)

    package init?(_ text: String) {
        if text == "none" {
            self = .unbound
        } else if let name = DriverName(text) {
            self = .named(name)
        } else {
            return nil
        }
    }

    package func matches(_ driver: DriverName?) -> Bool {
        switch self {
        case .unbound: driver == nil
        case .named(let name): driver == name
        }
    }

    package var description: String {
        switch self {
        case .unbound: "none"
        case .named(let name): name.text
        }
    }
}
