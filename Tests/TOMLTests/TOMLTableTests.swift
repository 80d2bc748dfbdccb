import Testing

@testable import TOML

@Suite("Tables of TOML")
struct TOMLTableTests {
    @Test(
        "are put together from headers, dotted keys and braces",
        arguments: [
            ("", "{}"), ("\u{feff}a = 1", "{a=1}"), ("a = 1\r\n\r\n# c\r\nb = 2", "{a=1, b=2}"),
            ("1 = 1\n\"\" = 2\n'' . \"x y\".z-_9 = 3".replacing("'' . ", with: "q . "), "{1=1, =2, q={x y={z-_9=3}}}"),
            ("[a.b]\nc = 1\n[a]\nd = 2", "{a={b={c=1}, d=2}}"), ("a.b = 1\na.c.d = 2", "{a={b=1, c={d=2}}}"),
            ("[ x . \"y\" ] # c\nk=1", "{x={y={k=1}}}"), ("[[a]]\nb=1\n[[a]]\n[a.c]\nd=1", "{a=[{b=1}, {c={d=1}}]}"),
            ("[[a]]\n[[a.b]]\nx=1\n[[a.b]]\n[[a]]\n[[a.b]]", "{a=[{b=[{x=1}, {}]}, {b=[{}]}]}"),
            ("[a]\nb.c = 1\nb.d = 2\n[a.b.e]", "{a={b={c=1, d=2, e={}}}}"),
            ("[a.b.c]\n[a]\nb.x = 1", "{a={b={c={}, x=1}}}"),
            ("[[a.b]]\n[a]\nc=1", "{a={b=[{}], c=1}}"),
            ("a = { b.c = 1, 'd' = { }, b.e = [ ] }", "{a={b={c=1, e=[]}, d={}}}"),
            ("a = [[], {}, [1, ], # ]\n 'x' \n ,]", "{a=[[], {}, [1], \"x\"]}"),
            ("a.b = {}\na.c = 1", "{a={b={}, c=1}}"),
            ("é = 1".replacing("é", with: "\"é\"") + "\n\"e\u{301}\" = 2", "{é=1, e\u{301}=2}"),
        ])
    func shapes(text: String, wanted: String) throws { #expect(try Array(shape(text).utf8) == Array(wanted.utf8)) }

    @Test(
        "nothing is defined twice",
        arguments: [
            ("a = 1\na = 2", "2:1: the key \"a\" is given twice, first in line 1"),
            ("[x]\na.b = 1\na.b = 2", "3:3: the key \"a.b\" is given twice, first in line 2"),
            ("a = { b = 1, b = 2 }", "1:14: the key \"b\" is given twice"),
            ("[a]\n[b]\n[a]", "3:2: the table \"a\" is defined twice, first in line 1"),
            ("a.b = 1\n[a]", "2:2: the table \"a\" is defined twice, first in line 1"),
            ("[a.b]\n[a]\nb.c = 1", "3:1: the table \"b\" is defined in line 1; its keys must stand there"),
            ("[a.b.c]\n[a]\nb.c.t = 1", "3:1: the table \"b.c\" is defined in line 1"),
            ("a.b.c = 1\n[a]", "2:2: the table"), ("[t]\na.b=1\n[t.a]", "3:2: the table \"t.a\" is defined twice"),
            ("[a.b.c]\n[a]\nb.x = 1\n[a.b]", "4:2: the table"),
            ("a = 1\na.b = 2", "2:1: \"a\" has another value already"),
            ("a = {}\na.b = 2", "2:1: \"a\" has another value already, from line 1"),
            ("a = []\n[[a]]", "2:3: \"a\" has another value"),
            ("a = [{}]\n[a.b]", "2:2: \"a\" has another value"), ("[a]\n[[a]]", "2:3: \"a\" has another value"),
            ("[[a]]\n[a]", "2:2: \"a\" has another value"), ("[[a.b]]\n[a]\nb.c = 1", "3:1: \"b\" has another value"),
            ("a = {}\n[a.b]", "2:2: \"a\" has another value"), ("[a]\nb=1\n[a.b]", "3:2: \"a.b\" has another value"),
            ("a = { b = {}, b.c = 1 }", "1:15: \"b\" has another value"),
            ("a = { b.c = 1, b = 1 }", "1:16: the key \"b\""),
            ("a.b = 1\n[[a]]", "2:3: \"a\" has"), ("\"a\" = 1\n'a' = 2", "2:1: the key \"a\" is given twice"),
        ])
    func twice(text: String, wanted: String) {
        #expect(complaint(text)?.hasPrefix(wanted) == true, "\(complaint(text) ?? "none")")
    }

    @Test(
        "what is wrong has its place and says what was expected",
        arguments: [
            ("[[policy]\n", "1:10: expected \"]\", found the end of the line"),
            ("a = [}", "1:6: expected a value, found \"}\""),
            ("[a.[", "1:4: expected a key, found \"[\""), ("a = ", "1:5: expected a value, found the end of the file"),
            ("a = 1 b = 2", "1:7: expected the end of the line, found \"b\""),
            ("a = [1 2]", "1:8: expected \",\" or \"]\""),
            ("a = { b = 1\n}", "1:12: expected \",\" or \"}\", found the end of the line"),
            ("a = { b = 1, }", "1:14: expected a key, found \"}\""), ("a = {,}", "1:6: expected a key"),
            ("é = 1", "1:1: expected a key, found \"é\""),
            ("a = 1\r", "1:7: a carriage return without a line feed"),
            ("\"\"\"a\"\"\" = 1", "1:1: a key cannot be a string of several lines"),
            ("a", "1:2: expected \"=\" after the key, found the end of the file"), ("a. = 1", "1:4: expected a key"),
            ("= 1", "1:1: expected a key"), ("[]", "1:2: expected a key"), ("[ [a]]", "1:3: expected a key"),
            ("[[a] ]", "1:5: expected \"]\""),
            ("[a]]", "1:4: expected the end of the line"), ("a = \u{1}", "1:5: \"\\u{1}\" is not a number"),
            ("# \u{7f}", "1:3: the control character 0x7f"),
            ("\u{b}", "1:1: expected a key, found \"\\u{b}\""), ("a = [1,,2]", "1:8: expected a value"),
            ("a = [,]", "1:6: expected a value"),
            ("\n\"é\" = x", "2:7: \"x\" is not a number, a date, true or false; write text in quotes"),
            ("[a] b", "1:5: expected the end of the line"),
            ("a = [\n1\n", "3:1: expected \",\" or \"]\", found the end of the file"),
            ("a = 1\n\u{feff}b = 1", "2:1: expected a key"),
        ])
    func wrong(text: String, wanted: String) {
        #expect(complaint(text)?.hasPrefix(wanted) == true, "\(complaint(text) ?? "none")")
    }

    @Test(
        "bytes that are no text",
        arguments: [
            ([0xff], "1:1: not UTF-8: byte 0xff at offset 0"),
            ([0x0a, 0x23, 0xc3], "2:2: not UTF-8: byte 0xc3 at offset 2"),
            ([0x23, 0xc0, 0x80], "1:2: not UTF-8"), ([0x23, 0xed, 0xa0, 0x80], "1:2: not UTF-8"),
            ([0x23, 0xf5, 0x80, 0x80, 0x80], "1:2: not UTF-8"),
            ([0x61, 0x0a, 0x00], "2:1: a NUL byte at offset 2"),
        ] as [([UInt8], String)])
    func noText(bytes: [UInt8], wanted: String) { #expect(complaint(bytes)?.hasPrefix(wanted) == true) }

    @Test("every key and value has its place")
    func places() throws {
        let root = try parse("\u{feff}\n[\"é\".b]\n  'ü' = { c = [1,\n  \"x\"] }  \n[[d]]\n[[d]]\n")
        let outer = try #require(root.member("é"))
        #expect(outer.position == TOMLPosition(line: 2, column: 2) && outer.node.position == outer.position)
        guard case .table(let table) = outer.node.value, case .table(let inner)? = table["b"] else {
            throw TOMLTestError()
        }
        #expect(inner.position == TOMLPosition(line: 2, column: 2))
        let member = try #require(inner.member("ü"))
        #expect(member.position == TOMLPosition(line: 3, column: 3))
        #expect(member.node.position == TOMLPosition(line: 3, column: 9))
        guard case .table(let braces) = member.node.value, case .array(let list)? = braces["c"] else {
            throw TOMLTestError()
        }
        #expect(list.map(\.position) == [TOMLPosition(line: 3, column: 16), TOMLPosition(line: 4, column: 3)])
        guard case .array(let tables)? = root["d"] else { throw TOMLTestError() }
        #expect(tables.map(\.position.line) == [5, 6])
        #expect(root["nothing"] == nil)
    }

    @Test(
        "more than 32 levels and parts are an error, and no crash",
        arguments: [
            ("", "a.", 200_000, "a = 1"), ("[", "a.", 200_000, "a]\nx = ["), ("a = ", "[", 200_000, ""),
            ("a = ", "{a=", 100_000, ""), ("a = { ", "\"b\" . ", 100_000, "b = 1 }"), ("a = [ { ", "c.", 40, "c=1}]"),
            ("a = '''x''''\nb.", "'b'.", 100_000, "c = 1"), ("a = ", "[", 33, "1]"), ("", "a.", 32, "a = 1"),
        ])
    func depth(start: String, middle: String, count: Int, end: String) {
        let found = complaint(start + String(repeating: middle, count: count) + end)
        #expect(found?.contains("more than 32") == true, "\(found ?? "none")")
    }

    @Test("32 levels are read")
    func deepest() throws {
        let text =
            String(repeating: "a.", count: 31) + "a = " + String(repeating: "[", count: 32)
            + String(repeating: "]", count: 32)
        #expect(try parse(text).members.count == 1)
    }

    @Test("many keys and long lines take no time that grows with their square")
    func large() throws {
        let keys = (0..<100_000).map { "k\($0) = 1" }.joined(separator: "\n")
        #expect(try parse(keys).members.count == 100_000)
        let line = "a = [" + String(repeating: "1,", count: 300_000) + "]"
        guard case .array(let list)? = try parse(line)["a"] else { throw TOMLTestError() }
        #expect(list.count == 300_000 && list.last?.position.column == 600_004)
        let tables = String(repeating: "[[a]]\n", count: 100_000)
        guard case .array(let list)? = try parse(tables)["a"] else { throw TOMLTestError() }
        #expect(list.count == 100_000)
    }
}

struct TOMLTestError: Error {}
