/// What a driver's probe says.
package enum SimulatedProbe: Hashable, Sendable {
    case succeeds
    case fails(KernelError)
    /// `-EPROBE_DEFER`: tried again whenever something else is bound. The model tries again only when asked.
    case defers
}
