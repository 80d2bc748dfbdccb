import Glibc

/// Times as RFC 3339 has them, in UTC.
package enum Timestamp {
    /// `2026-11-22T20:15:00Z` for seconds since 1970.
    package static func text(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        // The last year that gmtime_r(3) knows is beyond Int32.
        return "\(1900 + Int64(parts.tm_year))-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
