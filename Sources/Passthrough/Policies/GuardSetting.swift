/// What a policy makes of a guard's answer.
package enum GuardSetting: String, Sendable, CaseIterable {
    /// Busy refuses the function; so does unknown where everything could have been looked at.
    case enforce
    /// Busy is said and passed over.
    case warn
    /// The answer is not asked for.
    case off
}
