/// A shell pattern: `*` any text, `?` one character, `[a-f]` one of a set, `[!a-f]` one not of it.
///
/// Works on bytes: everything that is matched here is ASCII. The same language as glob(7) without special dots and slashes.
package struct GlobPattern: Hashable, Sendable {
    package let text: String
    private let elements: [Element]

    private enum Element: Hashable, Sendable {
        case byte(UInt8)
        case anyByte
        case anyRun
        case set([ClosedRange<UInt8>], negated: Bool)

        func accepts(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let wanted): byte == wanted
            case .anyByte: true
            case .anyRun: false
            case .set(let ranges, let negated): ranges.contains { $0.contains(byte) } != negated
            }
        }
    }

    /// Reads a pattern; nil where it is empty, or a `[` has no end, or a range runs backwards.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        self.text = text
        var elements: [Element] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                if elements.last != .anyRun { elements.append(.anyRun) }
            case UInt8(ascii: "?"): elements.append(.anyByte)
            case UInt8(ascii: "["):
                guard let set = GlobPattern.set(&rest) else { return nil }
                elements.append(set)
            default: elements.append(.byte(byte))
            }
        }
        self.elements = elements
    }

    /// `?`: any one character.
    static let anyCharacter = GlobPattern(text: "?", elements: [.anyByte])

    private init(text: String, elements: [Element]) {
        self.text = text
        self.elements = elements
    }

    /// The set whose `[` stands before these bytes, and how many of them it takes.
    static func leadingSet(_ bytes: ArraySlice<UInt8>) -> (set: GlobPattern, count: Int)? {
        var rest = bytes
        guard let element = set(&rest) else { return nil }
        let count = bytes.count - rest.count
        let text = "[" + String(decoding: bytes.prefix(count), as: UTF8.self)
        return (GlobPattern(text: text, elements: [element]), count)
    }

    /// Whether the pattern is one character that accepts this one.
    func matches(_ byte: UInt8) -> Bool { elements.count == 1 && elements[0].accepts(byte) }

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

    /// Whether the whole text fits. Takes time of at most pattern length times text length.
    package func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var position = 0
        var element = 0
        var retry: (element: Int, position: Int)?
        while position < bytes.count {
            if element < elements.count, elements[element] == .anyRun {
                retry = (element, position)
                element += 1
            } else if element < elements.count, elements[element].accepts(bytes[position]) {
                element += 1
                position += 1
            } else if let last = retry {
                retry = (last.element, last.position + 1)
                element = last.element + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .anyRun }
    }
}

extension GlobPattern: CustomStringConvertible {
    package var description: String { text }
}
