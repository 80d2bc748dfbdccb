package enum Decision: String, Sendable, CaseIterable {
    case rebind, already, refused, ignored, held, unmatched
}
