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

    @Test("agrees with a naive matcher where texts have parts")
    func oracleOfParts() {
        var random = SplitMix64(seed: 6)
        let tokens = ["a", "b", "*", "**", "?", "[!a]", "/", "/**/", "**/"]
        for _ in 0..<20_000 {
            let pattern = (0..<(1 + random.next(below: 7))).compactMap { _ in random.element(of: tokens) }.joined()
            let text = (0..<random.next(below: 9)).compactMap { _ in random.element(of: ["a", "b", "/"]) }.joined()
            let naive = naiveParts(Array(pattern)[...], Array(text)[...], isStart: true)
            #expect(GlobPattern(pattern, separator: "/")?.matches(text) == naive, "\(pattern) \(text)")
        }
    }

    private func naiveParts(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>, isStart: Bool) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let stars = pattern.prefix { $0 == "*" }.count
        let rest = pattern.dropFirst(max(stars, 1))
        if stars > 1, isStart, rest.first == "/" {
            let starts = [text.startIndex] + text.indices.filter { text[$0] == "/" }.map { $0 + 1 }
            return starts.contains { naiveParts(rest.dropFirst(), text[$0...], isStart: true) }
        }
        if stars > 0 {
            let longest = stars > 1 ? text.endIndex : text.firstIndex(of: "/") ?? text.endIndex
            return (text.startIndex...longest).contains { naiveParts(rest, text[$0...], isStart: false) }
        }
        guard let letter = text.first else { return false }
        if first == "[" {
            return letter != "/" && letter != "a" && naiveParts(rest.dropFirst(3), text.dropFirst(), isStart: false)
        }
        let fits = first == "?" ? letter != "/" : first == letter
        return fits && naiveParts(rest, text.dropFirst(), isStart: first == "/")
    }

    @Test(
        "many stars take no exponential time",
        arguments: [
            (String(repeating: "*a", count: 60) + "b", 2000), (String(repeating: "**a", count: 60) + "b", 2000),
            ("**" + String(repeating: "*a", count: 60) + "b", 200), (String(repeating: "**/*", count: 60) + "b", 2000),
            ("**a" + String(repeating: "*a", count: 20) + "b", 200), (String(repeating: "**a*", count: 40) + "b", 200),
        ])
    func stars(pattern: String, count: Int) throws {
        let text = String(repeating: "a", count: count)
        #expect(try !#require(GlobPattern(pattern)).matches(text))
        let glob = try #require(GlobPattern(pattern, separator: "/"))
        #expect(!glob.matches(text) && !glob.matches(String(repeating: "a/", count: count)))
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
