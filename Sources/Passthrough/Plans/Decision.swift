package enum Decision: String, Sendable, CaseIterable {
    case rebind, already, refused, ignored, held, contested, stuck, unmatched

    /// How a function ends for which nothing is done; nothing was done for one to be rebound if no worker came to it.
    package var outcome: Outcome {
        switch self {
        case .rebind: .failed
        case .already: .already
        case .refused: .refused
        case .held: .held
        case .contested: .contested
        case .stuck: .stuck
        case .ignored, .unmatched: .ignored
        }
    }
}
