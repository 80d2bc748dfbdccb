/// Reads integers and floating-point numbers.
struct TOMLNumber {
    let value: TOMLValue

    /// Reads a whole word; nil where it is no number, or an integer of more than 64 bits.
    init?(_ word: ArraySlice<UInt8>) {
        if let (digits, radix) = TOMLNumber.integer(word) {
            guard let number = Int(String(decoding: digits, as: UTF8.self), radix: radix) else { return nil }
            value = .integer(number)
        } else if let digits = TOMLNumber.float(word) {
            guard let number = Double(digits) else { return nil }
            value = .float(number)
        } else {
            return nil
        }
    }

    /// Whether a word has the form of an integer, of whatever size.
    static func isInteger(_ word: ArraySlice<UInt8>) -> Bool { integer(word) != nil }

    /// The sign and the digits of an integer, without underscores.
    private static func integer(_ word: ArraySlice<UInt8>) -> (digits: [UInt8], radix: Int)? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.starts(with: prefix.utf8) {
            return plain(word.dropFirst(2)) { isDigit($0, radix: radix) }.map { ($0, radix) }
        }
        let (sign, rest) = signed(word)
        return decimal(rest).map { (sign + $0, 10) }
    }

    /// A floating-point number as Swift reads it.
    private static func float(_ word: ArraySlice<UInt8>) -> String? {
        let (sign, rest) = signed(word)
        let isSpecial = rest.elementsEqual("inf".utf8) || rest.elementsEqual("nan".utf8)
        if isSpecial { return String(decoding: sign + rest, as: UTF8.self) }
        let mantissa = rest.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
        var text = sign
        let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
        guard let digits = decimal(whole) else { return nil }
        text += digits
        if whole.count < mantissa.count {
            guard let fraction = plain(mantissa.dropFirst(whole.count + 1), isDecimal) else { return nil }
            text += ".".utf8 + fraction
        }
        if mantissa.count < rest.count {
            let (sign, power) = signed(rest.dropFirst(mantissa.count + 1))
            guard let digits = plain(power, isDecimal) else { return nil }
            text += "e".utf8 + sign + digits
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func signed(_ word: ArraySlice<UInt8>) -> (sign: [UInt8], rest: ArraySlice<UInt8>) {
        let isSigned = word.first == UInt8(ascii: "+") || word.first == UInt8(ascii: "-")
        return (Array(word.prefix(isSigned ? 1 : 0)), word.dropFirst(isSigned ? 1 : 0))
    }

    /// Decimal digits without a zero before others.
    private static func decimal(_ word: ArraySlice<UInt8>) -> [UInt8]? {
        let hasLeadingZero = word.first == UInt8(ascii: "0") && word.count > 1
        return hasLeadingZero ? nil : plain(word, isDecimal)
    }

    /// The digits without underscores, each of which needs a digit on both sides; nil for anything else.
    private static func plain(_ word: ArraySlice<UInt8>, _ isDigit: (UInt8) -> Bool) -> [UInt8]? {
        let runs = word.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        return runs.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) } ? Array(runs.joined()) : nil
    }

    private static func isDecimal(_ byte: UInt8) -> Bool { isDigit(byte, radix: 10) }

    private static func isDigit(_ byte: UInt8, radix: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) < radix
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): radix == 16
        default: false
        }
    }
}
