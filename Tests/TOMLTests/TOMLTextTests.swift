import Testing

@testable import TOML

@Suite("Text for TOML")
struct TOMLTextTests {
    @Test("is read as what was written", arguments: ["", "a b", "\"\\\n\t\r\u{0}\u{7f}\u{9f}", "é漢😀", "'''\"\"\""])
    func roundTrip(text: String) throws {
        #expect(try shape("a = \(TOMLText.quoted(text))") == "{a=\(text.debugDescription)}")
    }
}
