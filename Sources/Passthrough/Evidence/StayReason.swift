/// Why a function stays with the host.
package indirect enum StayReason: Hashable, Sendable {
    case refused(by: Guard)
    /// A policy with `action = "ignore"`.
    case ignored(policy: String)
    /// Another policy, which decides about it.
    case decided(policy: String)
    /// A policy wants the driver that it has.
    case assigned
    /// `release` put it on hold.
    case held
    /// It is left alone because something takes it back again and again.
    case contested
    /// Its worker does not come back from the kernel.
    case stuck
    /// libvirt manages it.
    case libvirt(Evidence)
    /// No policy names it; the guard would refuse it if one did.
    case unnamed(refusing: Guard?)
}
