/// A glob over the chain of functions above a function and itself, root first: `0000:00:1c.0/0000:01:00.0`.
///
/// `*`, `?` and sets stay within one part, `**` does not; `**/` may stand for no part at all.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    private let elements: [Element]

    private enum Element: Hashable, Sendable {
        /// A pattern of one character, within a part.
        case one(GlobPattern)
        case byte(UInt8)
        case run
        case runOfParts
        /// The two elements behind it may be passed over.
        case optional
    }

    private static let slash = UInt8(ascii: "/")

    /// Reads a pattern. Rejected: characters that no address has, empty parts, and sets without an end.
    package init?(_ text: String) {
        let text = text.lowercased()
        guard text.utf8.allSatisfy({ "0123456789abcdef:.*?[]!^-/".utf8.contains($0) }),
            text.utf8.split(separator: PathPattern.slash, omittingEmptySubsequences: false)
                .allSatisfy({ !$0.isEmpty && GlobPattern(String(Substring($0))) != nil })
        else { return nil }
        self.text = text
        var elements: [Element] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                let isLong = rest.first == byte
                while rest.first == byte { rest.removeFirst() }
                let isAtStart = elements.isEmpty || elements.last == .byte(PathPattern.slash)
                if isLong, isAtStart, rest.first == PathPattern.slash { elements.append(.optional) }
                elements.append(isLong ? .runOfParts : .run)
            case UInt8(ascii: "?"): elements.append(.one(.anyCharacter))
            case UInt8(ascii: "["):
                guard let (set, count) = GlobPattern.leadingSet(rest) else { return nil }
                elements.append(.one(set))
                rest.removeFirst(count)
            default: elements.append(.byte(byte))
            }
        }
        self.elements = elements
    }

    /// The last function of a chain without wildcards.
    package var exactEnd: PCIAddress? {
        let isExact = elements.allSatisfy { if case .byte = $0 { true } else { false } }
        return isExact ? text.utf8.split(separator: PathPattern.slash).last.flatMap { PCIAddress(Substring($0)) } : nil
    }

    /// Whether the whole chain fits. All ways through the pattern are followed at once, so that time is pattern times text.
    package func matches(_ path: [PCIAddress]) -> Bool {
        let bytes = Array(path.map(\.description).joined(separator: "/").utf8)
        var places = [Bool](repeating: false, count: elements.count + 1)
        places[0] = true
        spread(&places)
        for byte in bytes {
            var next = [Bool](repeating: false, count: places.count)
            for index in elements.indices where places[index] {
                switch elements[index] {
                case .byte(let wanted): if wanted == byte { next[index + 1] = true }
                case .one(let set): if byte != PathPattern.slash, set.matches(byte) { next[index + 1] = true }
                case .run: if byte != PathPattern.slash { next[index] = true }
                case .runOfParts: next[index] = true
                case .optional: continue
                }
            }
            places = next
            spread(&places)
        }
        return places[elements.count]
    }

    /// Goes on to the elements that are reached without a character.
    private func spread(_ places: inout [Bool]) {
        for index in elements.indices where places[index] {
            switch elements[index] {
            case .run, .runOfParts: places[index + 1] = true
            case .optional:
                places[index + 1] = true
                places[index + 3] = true
            case .byte, .one: continue
            }
        }
    }

    package var description: String { text }
}
