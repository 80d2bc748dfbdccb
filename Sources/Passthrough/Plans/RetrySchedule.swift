/// When something that failed is tried again: 1 s after the first failure, and after twice as long each time, up to 5 minutes.
///
/// Times are milliseconds of any clock that nobody sets back.
package struct RetrySchedule: Hashable, Sendable {
    /// Milliseconds after the first failure, and the most that there are between two tries.
    package static let shortest: Int64 = 1_000
    package static let longest: Int64 = 300_000
    /// How close an event may bring two tries together once the delay is longer: a try may be what causes the event.
    package static let pace: Int64 = 20_000

    /// How many tries in a row have failed.
    package private(set) var failures = 0
    /// When it is tried again; nil before the first failure and while it is being tried.
    package private(set) var next: Int64?
    private var earliest: Int64 = 0

    package init() {}

    /// How long is waited after the last failure.
    package var delay: Int64 {
        let doublings = max(0, failures - 1)
        return doublings < 16 ? min(RetrySchedule.longest, RetrySchedule.shortest << doublings) : RetrySchedule.longest
    }

    /// A try has failed.
    package mutating func fail(at now: Int64) {
        failures += 1
        next = now + delay
        earliest = now + min(delay, RetrySchedule.pace)
    }

    /// Something has changed, so that it may succeed now.
    package mutating func hasten(at now: Int64) {
        guard let time = next else { return }
        next = min(time, max(now, earliest))
    }

    /// It is being tried.
    package mutating func begin() { next = nil }
}
