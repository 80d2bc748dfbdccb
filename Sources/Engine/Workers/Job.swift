package import Passthrough

/// What is asked of the engine.
package enum Job: Sendable {
    /// Makes the policies true, or does what `bind` asks.
    case rebind(Planner)
    /// Gives functions back; the guards that the command line passes over, and whether it passes over changes of other managers.
    case release(overrides: Set<Guard>, passesDrift: Bool = false, holds: Bool)
}
