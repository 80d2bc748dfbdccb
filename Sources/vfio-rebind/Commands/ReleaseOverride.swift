import ArgumentParser
import Passthrough

/// What `release` may be told to pass over.
enum ReleaseOverride: ExpressibleByArgument, Equatable {
    case of(Guard)
    /// Changes that another manager made since.
    case drift

    init?(argument: String) {
        if argument == Drift.word {
            self = .drift
        } else if let name = Guard(argument: argument) {
            self = .of(name)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { Guard.allValueStrings + [Drift.word] }

    var name: Guard? {
        if case .of(let name) = self { return name }
        return nil
    }
}
