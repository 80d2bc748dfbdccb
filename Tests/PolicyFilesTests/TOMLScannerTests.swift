import Testing

@testable import PolicyFiles

@Suite struct TOMLScannerTests {
    @Test func statementsAndTheirLines() throws {
        let text =
            "a.'b' = [ # ]\n 1,\n '''\n''' ]\r\n\n[ x . \"y\" ] # c\n[[z]]\nk = \"\"\"\\\n\"\"\"\"\"\nl = { m = [\n] }\n"
        let statements = try TOMLScanner(Array(text.utf8)).statements
        #expect(
            statements == [
                TOMLStatement(kind: .key, path: ["a", "b"], line: 1),
                TOMLStatement(kind: .header, path: ["x", "y"], line: 6),
                TOMLStatement(kind: .arrayHeader, path: ["z"], line: 7),
                TOMLStatement(kind: .key, path: ["k"], line: 8),
                TOMLStatement(kind: .key, path: ["l"], line: 10),
            ])
    }

    @Test(arguments: [
        "a = 1", "a = +1_000", "a = -0", "a = 0xfF_0", "a = 0o17", "a = 0b1", "a = 1e+9", "a = -1.5E-3", "a = inf",
        "a = -nan", "a = true",
        "a = [[], {}, [1, ], ]", "a = { b.c = 1, 'd' = { } }", "a = \"\\\"#\" # c", "a = '\\'", "1 = 1", "\"\" = 1",
        "a = ''''a'''''",
    ])
    func wellFormed(_ text: String) throws {
        #expect(try TOMLScanner(Array(text.utf8)).statements.count == 1)
        #expect(throws: Never.self) { try TOMLNode.checkedDocument(Array(text.utf8)) }
    }

    /// What toml++ 3.4.0 ends the program at, or nearly: none of it may come so far.
    @Test(arguments: [
        "a = [}", "a = [1, }]", "a = [=]", "[a.[", "[.", "[[", "[[=]]", "[", "[]", "a = 1979-05-27Tx",
        "a = 1979-05-27 x", "a = 1:2",
        "a = 07:32:00", "a = -", "a = +x", "a = .5", "a = _1", "a = 1-1", "a = 0x", "a = +0x1", "a = TRUE", "a = {,}",
        "= 1", "a", "a =",
        "a = \u{1}", "a\u{1} = 1", "a = 1\u{2028}", "[a]]", "[a] b", "[[a] ]", "[ [a]]", "a. = 1", "\u{b}",
    ])
    func malformed(_ text: String) {
        #expect(throws: TOMLSyntaxError.self) { try TOMLScanner(Array(text.utf8)) }
    }

    @Test func everyPrefixOfAGoodFileEndsWell() throws {
        for (_, bytes) in try corpus("good") {
            for count in bytes.indices { _ = PolicyDocument(Array(bytes.prefix(count)), file: "p.toml") }
        }
    }
}
