/// Why an event of a function does not make it rebound.
package enum EventPause: Sendable {
    /// Somebody takes it back again and again.
    case contested
    /// Its rebind failed, and the monitor that runs tries again.
    case leftToMonitor
}
