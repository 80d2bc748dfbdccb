import Glibc

/// Clocks without Foundation.
package enum Clock {
    /// Milliseconds of CLOCK_MONOTONIC.
    package static var milliseconds: Int64 { microseconds / 1000 }

    /// Microseconds of CLOCK_MONOTONIC.
    package static var microseconds: Int64 { microseconds(of: CLOCK_MONOTONIC) }

    /// Microseconds since 1970.
    package static var nowInMicroseconds: Int64 { microseconds(of: CLOCK_REALTIME) }

    private static func microseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Seconds of CLOCK_MONOTONIC.
    package static var seconds: Int64 { milliseconds / 1000 }

    /// The time since 1970 of a past second of CLOCK_MONOTONIC; the present for one that has not come yet.
    package static func wallTime(ofSecond second: Int64) -> Int64 { now - (seconds - min(max(second, 0), seconds)) }

    /// Seconds since 1970.
    package static var now: Int64 { Int64(time(nil)) }
}
