import Passthrough
import Testing

@testable import PolicyFiles

@Suite struct PolicyFileErrorTests {
    @Test(arguments: [
        ("[[policy]\n", "p.toml:1:10: expected \"]\", found the end of the line"), ("a = 1\na = 2\n", "p.toml:2:1: "),
        (
            "[[policy]]\nname = vfio\n",
            "p.toml:2:8: \"vfio\" is not a number, a date, true or false; write text in quotes"
        ),
        (
            "[[policy]]\nname = 1979-05-27\nmatch = { id = \"15b3:1003\" }",
            "p.toml:2: policy #1: name: must be a string"
        ),
        ("[[policy]]\nname = \"a\n", "p.toml:2:8: the string does not end on its line"),
        ("[[policy]]\nmatch = { id = \"15b3:1003\",\n}\n", "p.toml:2"),
        ("[[policy]]\nclass = 020000\n", "p.toml:2"),
        (policyText("a") + "[policy.match]\nid = \"1\"\n", "p.toml:5"),
        ("description = \"\\u0000\"", "p.toml:1:16: a NUL (\\u0000) is not allowed"),
        ("\n\"a\\U00000000\" = 1", "p.toml:2:3: a NUL"), ("a = \"\"\"\n\\u0000\"\"\"", "p.toml:2:1: a NUL"),
        ("a = 1\u{0}\n[[policy]]\nbad = 1\n", "p.toml:1:6: a NUL byte at offset 5"),
        ("policy = 1", "p.toml:1: policy: must be written [[policy]], once for each policy"),
        ("[policy]\nname = \"a\"", "must be written [[policy]]"),
        ("policy = [1]", "p.toml:1: policy #1: must be a table, below [[policy]], not an integer"),
        ("[[polcy]]\nname = \"a\"", "p.toml:1: polcy: unknown key; did you mean \"policy\"?"),
        ("name = \"a\"", "name: unknown key; it belongs below a [[policy]] line"),
        ("[match]\nid = \"1\"", "match: unknown key; it belongs below a [[policy]] line"),
    ])
    func oneMessage(_ text: String, _ part: String) {
        let document = read(text)
        #expect(document.messages.count == 1, "\(document.messages)")
        #expect(document.messages.first?.contains(part) == true, "\(document.messages)")
    }

    @Test func aLongPathIsNamedWhole() {
        let file = "/etc/vfio-rebind/policy.d/" + String(repeating: "long-", count: 40) + "\u{1b}.toml"
        let error = PolicyError(file: file, line: 3, reason: "wrong")
        #expect(error.description.hasSuffix("long-\\u{1b}.toml:3: wrong"))
    }

    @Test func anEscapedNULIsSeenOnlyWhereItIsOne() {
        for line in [
            "description = '\\u0000'", "description = \"\\\\u0000\"", "# \\u0000", "description = '''\\u0000'''",
        ] {
            #expect(read(policyText("a", line)).messages == [])
        }
        #expect(read(policyText("a", "description = '\\u0000'")).policies.first?.description == "\\u0000")
    }

    @Test(
        arguments: [
            ([0xff], "p.toml:1:1: not UTF-8: byte 0xff at offset 0"),
            ([0x0a, 0x23, 0xc3], "p.toml:2:2: not UTF-8: byte 0xc3 at offset 2"),
            ([0x23, 0xc0, 0x80], "offset 1"), ([0x23, 0xed, 0xa0, 0x80], "offset 1"),
            ([0x23, 0xf5, 0x80, 0x80, 0x80], "offset 1"),
        ] as [([UInt8], String)])
    func invalidUTF8(_ bytes: [UInt8], _ part: String) {
        let document = PolicyDocument(bytes, file: "p.toml")
        #expect(document.messages.count == 1)
        #expect(document.messages.first?.contains(part) == true, "\(document.messages)")
    }

    @Test func aPolicyWithoutAGoodNameIsNamedByItsPlace() {
        let document = read(
            policyText("a") + "[[policy]]\nmatch = { id = \"15b3:1003\" }\n" + policyText("b c") + "[[policy]]\n")
        #expect(
            document.messages == [
                "p.toml:5: policy #2: name: is missing; write name = \"…\"",
                "p.toml:8: policy #3: name: \"b c\": a name has letters, digits, \".\", \"_\" and \"-\", and at least one of them",
                "p.toml:11: policy #4: name: is missing; write name = \"…\"",
                "p.toml:11: policy #4: match: is missing; write match = { id = \"vvvv:dddd\" } or the like",
            ])
        #expect(document.policies.map(\.name) == ["a"])
    }

    @Test(arguments: ["", "ä", "a/b", "a\\nb", "K\\u212A"])
    func badNames(_ name: String) {
        #expect(read(policyText(name)).messages.first?.contains("policy #1: name: ") == true)
        #expect(read(policyText(name)).policies.isEmpty)
    }

    @Test func everyErrorIsReported() {
        let text =
            "polcy = 1\n[[policy]]\nname = \"a\"\nmatch = { idd = 1, id = \"ffff:1\", class = 3 }\ntimeout = 0\n[[policy]]\n"
        #expect(read(text).messages.count == 7, "\(read(text).messages)")
    }

    @Test func messagesAreOnePrintableLine() {
        let text =
            "\"a\\u001b[31m\\nb\\u202e\" = 1\n[[policy]]\nname = \"\\u0007\"\nmatch = { id = \"\\u0085\\u2028\" }\n"
        for message in read(text).messages + [PolicyError(file: "/x\n\u{1b}", reason: "r").description] {
            let isClean = message.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && ![0x85, 0x202e, 0x2028].contains($0.value)
            }
            #expect(isClean, "\(message)")
        }
        #expect(read("\(String(repeating: "k", count: 100_000)) = 1").messages.first?.utf8.count ?? 0 < 500)
    }

    @Test func aBadValueOfAListHasItsOwnLine() {
        let text = "[[policy]]\nname = \"a\"\nmatch = { id = [\n  \"15b3:1003\",\n  \"ffff:1\",\n  7,\n] }\n"
        #expect(read(text).messages.map { $0.prefix(9) } == ["p.toml:5:", "p.toml:6:"])
    }
}
