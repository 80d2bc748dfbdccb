/// What a guard found.
package enum GuardVerdict: String, Sendable {
    case free, busy, unknown
}
