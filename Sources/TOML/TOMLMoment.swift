/// A date, a time, or both: checked, but kept as the document has it, since no file of this program takes one.
package struct TOMLMoment: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case date = "a date"
        case time = "a time"
        case dateAndTime = "a date with time"
        case dateAndTimeWithOffset = "a date with time and offset"
    }

    package let kind: Kind
    package let text: String

    /// Reads RFC 3339's forms, as TOML takes them; nil for another form and for days and times that no calendar or clock has.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        text = String(decoding: bytes, as: UTF8.self)
        if TOMLMoment.readTime(&rest) {
            kind = .time
        } else {
            guard TOMLMoment.readDate(&rest) else { return nil }
            guard let separator = rest.popFirst() else {
                kind = .date
                return
            }
            guard "Tt ".utf8.contains(separator), TOMLMoment.readTime(&rest) else { return nil }
            kind = rest.isEmpty ? .dateAndTime : .dateAndTimeWithOffset
            guard rest.isEmpty || TOMLMoment.readOffset(&rest) else { return nil }
        }
        guard rest.isEmpty else { return nil }
    }

    /// `1979-05-27`
    private static func readDate(_ rest: inout ArraySlice<UInt8>) -> Bool {
        var text = rest
        guard let year = number(&text, digits: 4), take("-", &text), let month = number(&text, digits: 2),
            take("-", &text),
            let day = number(&text, digits: 2), year > 0, (1...12).contains(month)
        else { return false }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        rest = text
        return (1...days[month - 1]).contains(day)
    }

    /// `07:32:00.999`
    private static func readTime(_ rest: inout ArraySlice<UInt8>) -> Bool {
        var text = rest
        guard readHourAndMinute(&text), take(":", &text), let second = number(&text, digits: 2), second < 60 else {
            return false
        }
        if take(".", &text) {
            let fraction = text.prefix { isDigit($0) }
            guard !fraction.isEmpty else { return false }
            text.removeFirst(fraction.count)
        }
        rest = text
        return true
    }

    /// `Z` or `-07:00`
    private static func readOffset(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if take("Z", &rest) || take("z", &rest) { return true }
        return (take("+", &rest) || take("-", &rest)) && readHourAndMinute(&rest)
    }

    private static func readHourAndMinute(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let hour = number(&rest, digits: 2), take(":", &rest), let minute = number(&rest, digits: 2) else {
            return false
        }
        return hour < 24 && minute < 60
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int) -> Int? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy(isDigit) else { return nil }
        rest.removeFirst(digits)
        return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
