import Passthrough
import SimulatorScripts
import Testing

@Suite("GlobPattern")
struct GlobPatternTests {
    @Test(
        "matches whole texts",
        arguments: [
            ("0000:04:00.0", "0000:04:00.0", true), ("0000:04:00.0", "0000:04:00.00", false),
            ("0000:04:*", "0000:04:00.0", true), ("0000:04:*", "0000:05:00.0", false), ("*", "", true),
            ("*", "x", true),
            ("**", "x", true), ("?", "", false), ("?", "x", true), ("a*b*c", "aXbXbc", true), ("a*b*c", "aXc", false),
            ("[0-3]", "2", true), ("[0-3]", "4", false), ("[!0-3]", "4", true), ("[^0-3]", "4", true),
            ("[!0-3]", "2", false), ("[]]", "]", true), ("[]-a]", "_", true), ("[a-]", "-", true), ("[-a]", "-", true),
            ("[a-c-e]", "-", true), ("[a-c-e]", "d", false), ("[!]", "]", false), ("[*]", "*", true),
            ("[*]", "x", false), ("*.[0-7]", "0000:04:00.3", true), ("a]", "a]", true),
        ])
    func matches(pattern: String, text: String, expected: Bool) {
        #expect((GlobPattern(pattern)?.matches(text) ?? false) == expected)
    }

    @Test(
        "rejects what is no pattern",
        arguments: [
            ("", "empty"), ("[", "no end"), ("[]", "no end"), ("[a", "no end"), ("[!]", "no end"),
            ("[b-a]", "backwards"),
        ])
    func rejects(pattern: String, reason: String) {
        #expect(GlobPattern(pattern) == nil, Comment(rawValue: reason))
    }

    @Test("agrees with a naive matcher")
    func oracle() {
        var random = SplitMix64(seed: 5)
        let tokens = ["a", "b", "*", "?", "[ab]", "[!a]", "[a-c]"]
        for _ in 0..<6000 {
            let parts = (0..<(1 + random.next(below: 6))).compactMap { _ in random.element(of: tokens) }
            let text = (0..<random.next(below: 7)).compactMap { _ in random.element(of: ["a", "b", "c", "d"]) }
            let glob = GlobPattern(parts.joined())
            #expect(glob?.matches(text.joined()) == naive(parts[...], text[...]), "\(parts) \(text)")
        }
    }

    private func naive(_ parts: ArraySlice<String>, _ text: ArraySlice<String>) -> Bool {
        guard let part = parts.first else { return text.isEmpty }
        if part == "*" {
            return (text.startIndex...text.endIndex).contains { naive(parts.dropFirst(), text[$0...]) }
        }
        guard let letter = text.first else { return false }
        let fits =
            switch part {
            case "?": true
            case "[ab]": "ab".contains(letter)
            case "[!a]": letter != "a"
            case "[a-c]": "abc".contains(letter)
            default: part == letter
            }
        return fits && naive(parts.dropFirst(), text.dropFirst())
    }

    @Test("many stars take no exponential time")
    func stars() throws {
        let glob = try #require(GlobPattern(String(repeating: "*a", count: 60) + "b"))
        #expect(!glob.matches(String(repeating: "a", count: 2000)))
    }

    @Test("random bytes never trap")
    func randomBytes() {
        forRandomTexts(alphabet: "ab*?[]!^-") { text in
            if let glob = GlobPattern(text) {
                _ = glob.matches(text)
                #expect(glob.description == text)
            }
        }
    }
}
