/// Finds the word that was probably meant.
package enum Suggestion {
    /// Longer words are not compared: the work grows with the product of both lengths.
    private static let limit = 64

    /// The candidate nearest to the word, the first of several; nil where none is near enough.
    ///
    /// Near enough is one edit for each three letters of the candidate, at least one. An edit adds, drops or replaces a letter, or
    /// swaps two neighbours. Case does not count, nor `-` for `_`.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        let word = folded(word)
        guard !word.isEmpty, word.count <= limit else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(word, folded(candidate))
            if distance <= max(1, candidate.utf8.count / 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.candidate
    }

    /// What a message says after an unknown word: the nearest one, or else all of them.
    package static func hint(for word: String, among candidates: [String]) -> String {
        if let nearest = nearest(to: word, among: candidates) { return "did you mean \(MessageText.quoted(nearest))?" }
        return "known are \(MessageText.list(candidates))"
    }

    /// What a message says of a value that is none of a few: all of them, and the nearest one.
    package static func choice(of word: String, among candidates: [String]) -> String {
        let nearest = nearest(to: word, among: candidates).map { "; did you mean \(MessageText.quoted($0))?" } ?? ""
        return "must be one of \(MessageText.list(candidates))\(nearest)"
    }

    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
            case UInt8(ascii: "-"): UInt8(ascii: "_")
            default: byte
            }
        }
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                let replaced = last[column] + (leftByte == rightByte ? 0 : 1)
                var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, leftByte == right[column - 1], left[row - 1] == rightByte {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
