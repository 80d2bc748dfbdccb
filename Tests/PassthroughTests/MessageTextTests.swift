import Testing

@testable import Passthrough

@Suite struct MessageTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("é 漢 \"", "é 漢 \""), ("a\nb", "a\\u{a}b"), ("\u{1b}[31m", "\\u{1b}[31m"),
        ("\u{202e}x\u{2028}", "\\u{202e}x\\u{2028}"), ("\u{e000}", "\\u{e000}"), ("", ""),
    ])
    func nothingActsOnATerminal(_ text: String, _ printed: String) {
        #expect(MessageText.plain(text) == printed && text.printable == printed)
        #expect(MessageText.quoted(text) == "\"\(printed)\"")
    }

    @Test func aValueIsCutAndAPathAndEvidenceAreNot() {
        let long = String(repeating: "x", count: 1000)
        #expect(MessageText.plain(long) == String(repeating: "x", count: 80) + "…")
        #expect(MessageText.path(long) == long && long.printable == long)
        #expect(MessageText.list(["a", "b"]) == "\"a\", \"b\"")
    }
}
