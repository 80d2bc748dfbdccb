/// Times as RFC 3339 has them, in UTC.
package enum Timestamp {
    /// `2026-11-22T20:15:00Z` for seconds since 1970.
    package static func text(_ seconds: Int64) -> String {
        let second = (seconds % 86400 + 86400) % 86400
        let date = date(seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0))
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(date.year)-\(two(date.month))-\(two(date.day))"
            + "T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    /// The date of a day since 1970 in the Gregorian calendar, by eras of 400 years, which have 146,097 days each and here begin with a March.
    private static func date(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let dayOfEra = (shifted % 146_097 + 146_097) % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = (shifted - dayOfEra) / 146_097 * 400 + yearOfEra + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
