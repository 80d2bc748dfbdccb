/// A shell pattern (glob(7)): `*` any text, `?` one character, `[a-f]` one of a set, `[!a-f]` one not of it.
///
/// With a separator the text has parts: `*`, `?` and sets stay within one, `**` does not, and `**/` may stand for no part at all.
/// Works on bytes: everything that is matched here is ASCII. A leading dot is not special.
package struct GlobPattern: Hashable, Sendable {
    package let text: String
    private let separator: UInt8?
    private let elements: [Element]

    private enum Element: Hashable, Sendable {
        case byte(UInt8)
        case anyByte
        case set([ClosedRange<UInt8>], negated: Bool)
        /// Any bytes but the separator.
        case run
        /// Any bytes.
        case longRun
        /// Any number of whole parts, each with its separator.
        case parts
    }

    /// Reads a pattern; nil where it is empty, or a `[` has no end, or a range runs backwards.
    package init?(_ text: String, separator: Unicode.Scalar? = nil) {
        guard !text.isEmpty else { return nil }
        self.text = text
        self.separator = separator.map { UInt8(ascii: $0) }
        var elements: [Element] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                let stars = 1 + rest.prefix { $0 == byte }.count
                rest.removeFirst(stars - 1)
                elements.append(GlobPattern.run(stars, after: elements.last, self.separator, &rest))
            case UInt8(ascii: "?"): elements.append(.anyByte)
            case UInt8(ascii: "["):
                guard let set = GlobPattern.set(&rest) else { return nil }
                elements.append(set)
            default: elements.append(.byte(byte))
            }
        }
        self.elements = elements
    }

    /// Whether the pattern has no wildcard.
    package var isPlain: Bool { elements.allSatisfy { if case .byte = $0 { true } else { false } } }

    /// What stars mean; those before a separator at the start of a part take it along.
    private static func run(
        _ stars: Int, after last: Element?, _ separator: UInt8?, _ rest: inout ArraySlice<UInt8>
    ) -> Element {
        guard let separator else { return .longRun }
        guard stars > 1 else { return .run }
        guard last == nil || last == .byte(separator) || last == .parts, rest.first == separator else {
            return .longRun
        }
        rest.removeFirst()
        return .parts
    }

    private static func set(_ rest: inout ArraySlice<UInt8>) -> Element? {
        var ranges: [ClosedRange<UInt8>] = []
        var negated = false
        if rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^") {
            negated = true
            rest.removeFirst()
        }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "]"), !ranges.isEmpty { return .set(ranges, negated: negated) }
            let afterDash = rest.startIndex + 1
            if rest.first == UInt8(ascii: "-"), afterDash < rest.endIndex, rest[afterDash] != UInt8(ascii: "]") {
                guard byte <= rest[afterDash] else { return nil }
                ranges.append(byte...rest[afterDash])
                rest.removeFirst(2)
            } else {
                ranges.append(byte...byte)
            }
        }
        return nil
    }
}

extension GlobPattern {
    /// Whether the whole text fits.
    ///
    /// After a mismatch the last run takes more: only the last of each kind, since whatever earlier ones could take, it can take too.
    /// So time is at most the pattern's length times the text's, with separators times the text's once more.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    private func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        var element = 0
        /// Where to go on with the last run of one part, and with the last one of several.
        var short: (element: Int, position: Int)?
        var long: (element: Int, position: Int)?
        while position < bytes.count || element < elements.count {
            if element < elements.count, elements[element] == .run {
                short = (element + 1, position)
                element += 1
            } else if element < elements.count, elements[element] == .longRun || elements[element] == .parts {
                long = (element + 1, position)
                short = nil
                element += 1
            } else if position < bytes.count, element < elements.count, accepts(elements[element], bytes[position]) {
                element += 1
                position += 1
            } else if let last = short, last.position < bytes.count, bytes[last.position] != separator {
                short = (last.element, last.position + 1)
                (element, position) = (last.element, last.position + 1)
            } else if let last = long, let next = end(of: elements[last.element - 1], from: last.position, bytes) {
                short = nil
                long = (last.element, next)
                (element, position) = (last.element, next)
            } else {
                return false
            }
        }
        return true
    }

    /// Where a run that takes one byte more, or one part more, ends.
    private func end(of run: Element, from position: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard position < bytes.count else { return nil }
        if run == .longRun { return position + 1 }
        return bytes[position...].firstIndex { $0 == separator }.map { $0 + 1 }
    }

    private func accepts(_ element: Element, _ byte: UInt8) -> Bool {
        switch element {
        case .byte(let wanted): byte == wanted
        case .anyByte: byte != separator
        case .set(let ranges, let negated): byte != separator && ranges.contains { $0.contains(byte) } != negated
        case .run, .longRun, .parts: false
        }
    }
}

extension GlobPattern: CustomStringConvertible {
    package var description: String { text }
}
