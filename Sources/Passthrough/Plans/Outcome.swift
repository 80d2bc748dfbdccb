/// How the work on one function ended.
package enum Outcome: String, Sendable, CaseIterable {
    case rebound, released, already, refused, failed, stuck, vanished, contested, held, ignored
}
