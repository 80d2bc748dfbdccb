import Passthrough
import Testing

@Suite("Path patterns")
struct PathPatternTests {
    @Test(
        "`*` stays within a part, `**` does not",
        arguments: [
            ("0000:00:1c.0/0000:01:00.0", true), ("0000:00:1C.0/0000:01:00.0", true), ("0000:00:1c.0/*", true),
            ("*/*", true), ("**", true), ("0000:00:1c.0/**", true), ("**/0000:01:00.0", true),
            ("0000:00:1c.?/0000:0[1-4]:00.0", true), ("0000:**.0", true), ("**/0000:00:1c.0/**", true),
            ("**/*/*", true), ("**/**/0000:01:00.0", true), ("0000:00:1c.0/**/0000:01:00.0", true),
            ("*", false), ("0000:*.0", false), ("0000:00:1c.0", false), ("0000:01:00.0", false),
            ("*/*/*", false), ("0000:00:1c.0?0000:01:00.0", false), ("0000:00:1c.0[!0]0000:01:00.0", false),
            ("0000:00:1d.0/**", false), ("**/0000:00:1c.0", false), ("0000:00:1c.0/0000:01:00.0/**", false),
        ])
    func matches(text: String, expected: Bool) throws {
        let path = try ["0000:00:1c.0", "0000:01:00.0"].map { try #require(PCIAddress($0)) }
        let pattern = try #require(PathPattern(text))
        #expect(pattern.matches(path) == expected)
        #expect(PathPattern(pattern.description) == pattern)
    }

    @Test("`**/` may stand for no part")
    func noPart() throws {
        let address = try #require(PCIAddress("0001:00:00.0"))
        #expect(PathPattern("**/0001:00:00.0")?.matches([address]) == true)
        #expect(PathPattern("*/0001:00:00.0")?.matches([address]) == false)
        #expect(PathPattern("**/0001:00:00.0")?.matches([]) == false)
    }

    @Test("only a pattern without wildcards ends exactly")
    func exactEnd() {
        #expect(PathPattern("0000:00:1c.0/0000:01:00.0")?.exactEnd == PCIAddress("0000:01:00.0"))
        #expect(PathPattern("*/0000:01:00.0")?.exactEnd == nil)
        #expect(PathPattern("0000:01:00")?.exactEnd == nil)
    }

    @Test("rejects", arguments: ["", "/", "a//b", "/0000:01:00.0", "0000:01:00.0/", "x", "0000:[1", "a b", "{0,1}"])
    func rejects(text: String) { #expect(PathPattern(text) == nil) }

    @Test("random bytes never trap")
    func randomBytes() throws {
        let path = try ["0000:00:1c.0", "0000:01:00.0", "0000:02:1f.7"].map { try #require(PCIAddress($0)) }
        forRandomTexts(alphabet: "01cf:.*?[]!-/") { text in
            guard let pattern = PathPattern(text) else { return }
            #expect(PathPattern(pattern.description) == pattern)
            if pattern.matches(path) { #expect(text.contains("*") || pattern.exactEnd != nil || text.contains("[")) }
        }
    }
}
