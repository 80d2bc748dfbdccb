import Testing

@testable import TOML

@Suite("Values of TOML")
struct TOMLValueTests {
    @Test(
        "numbers and booleans",
        arguments: [
            ("0", "0"), ("+0", "0"), ("-0", "0"), ("+1_000", "1000"), ("-17", "-17"), ("0xfF_0", "4080"), ("0x00", "0"),
            ("0o17", "15"), ("0b1_0", "2"), ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"), ("1e+9", "1000000000.0f"), ("-1.5E-3", "-0.0015f"),
            ("6.626e-34", "6.626e-34f"), ("0e05", "0.0f"), ("1_0.2_5", "10.25f"), ("-0.0", "-0.0f"), ("inf", "inff"),
            ("-inf", "-inff"), ("+nan", "nanf"), ("true", "true"), ("false", "false"),
        ])
    func scalars(text: String, wanted: String) throws {
        #expect(try shape("a = \(text)") == "{a=\(wanted)}")
        #expect(try shape("a = [\(text),\(text)]") == "{a=[\(wanted), \(wanted)]}")
    }

    @Test(
        "what is no number, date or boolean",
        arguments: [
            "01", "-01", "0_1", "1_", "_1", "1__0", "0x", "+0x1", "0X1", "0x_1", "0b2", "0o8", "0xg", "1.", ".5",
            "1.e5",
            "1.5.1", "1e", "1e+", "1e1.0", "01.5", "1_.5", "1._5", "1e_5", "-", "+", "+x", "1-1", "TRUE", "True", "Inf",
            "infinity", "NaN", "1:2", "1,5 2", "vfio", "15b3:1003", "--1", "0x-1", "1e5_", "+-1", "0.",
        ])
    func wrong(text: String) { #expect(complaint("a = \(text)")?.hasPrefix("1:") == true) }

    @Test(
        "integers of more than 64 bits are refused as such", arguments: ["9223372036854775808", "0xffffffffffffffff"])
    func bigIntegers(text: String) {
        #expect(complaint("a = \(text)") == "1:5: \"\(text)\" is a number of more than 64 bits")
    }

    @Test(
        "dates and times",
        arguments: [
            ("1979-05-27", "a date"), ("07:32:00", "a time"), ("07:32:00.999999999", "a time"),
            ("1979-05-27T07:32:00", "a date with time"), ("1979-05-27 07:32:00.5", "a date with time"),
            ("1979-05-27t07:32:00z", "a date with time and offset"), ("2024-02-29", "a date"),
            ("2000-02-29 00:00:00-07:00", "a date with time and offset"),
            ("0001-01-01T23:59:59+23:59", "a date with time and offset"),
        ])
    func moments(text: String, type: String) throws {
        #expect(try parse("a = \(text)  # c")["a"]?.typeName == type)
        #expect(try shape("a = { b = \(text)}") == "{a={b=\(text)}}")
    }

    @Test(
        "days and times that no calendar or clock has",
        arguments: [
            "1979-13-01", "1979-00-01", "1979-04-31", "2023-02-29", "1900-02-29", "0000-01-01", "1979-05-00",
            "24:00:00",
            "07:60:00", "07:32:60", "07:32", "7:32:00", "07:32:00.", "1979-05-27T", "1979-05-27T07:32", "1979-05-27Tx",
            "1979-05-27 x", "1979-5-27", "79-05-27", "1979-05-27T07:32:00+24:00", "1979-05-27T07:32:00+07",
            "1979-05-27T07:32:00Zx", "07:32:00Z", "1979-05-27  07:32:00", "1979-05-27\t07:32:00",
        ])
    func wrongMoments(text: String) { #expect(complaint("a = \(text)")?.hasPrefix("1:") == true) }

    @Test(
        "strings of the four kinds",
        arguments: [
            (#""""#, ""), (#""a\b\t\n\f\r\"\\z""#, "a\u{8}\t\n\u{c}\r\"\\z"), (#""\u00e9\U0001F600""#, "é😀"),
            (#"'\n"'"#, "\\n\""), ("''", ""), ("\"\"\"\"\"\"", ""), ("\"\"\"\nx\ny\"\"\"", "x\ny"),
            ("\"\"\"\r\nx\r\ny\"\"\"", "x\ny"), ("\"\"\"a\\\n \t\r\n  b\"\"\"", "ab"), ("\"\"\"a \\  \n\"\"\"", "a "),
            ("\"\"\"a\"\"\"\"\"", "a\"\""), ("\"\"\"\"a\"\"b\"\"\"", "\"a\"\"b"), ("''''a'''''", "'a''"),
            ("'''\n\\'''", "\\"), ("\"\t\"", "\t"), ("\"é\u{2028}\"", "é\u{2028}"), (#""\\u0000""#, "\\u0000"),
        ])
    func strings(text: String, wanted: String) throws {
        #expect(try shape("a = \(text) # c\nb = 1") == "{a=\(wanted.debugDescription), b=1}")
    }

    @Test(
        "strings that are wrong",
        arguments: [
            ("\"a", "1:5: the string does not end"), ("\"a\n\"", "1:5: the string does not end on its line"),
            ("'a\r\n'", "1:5: the string does not end on its line"), ("\"\"\"a\n\n", "1:5: the string does not end"),
            ("'''a''", "1:5: the string does not end"), (#""\q""#, "1:6: unknown escape"),
            (#""\x41""#, "1:6: unknown escape"),
            (#""\e""#, "1:6: unknown escape"), (#""\u12""#, "1:6: an escape needs 4 hexadecimal digits"),
            (#""\U0001F60""#, "1:6: an escape needs 8 hexadecimal digits"), (#""\u+123""#, "1:6: an escape needs 4"),
            (#""\ud800""#, "1:6: \\u{d800} is no character"), (#""\U00110000""#, "1:6: \\u{110000} is no character"),
            ("\"\u{1}\"", "1:6: the control character 0x01"), ("'\u{7f}'", "1:6: the control character 0x7f"),
            ("\"\"\"\na\u{b}", "2:2: the control character 0x0b"), ("\"\"\"\\ a\"\"\"", "1:8: unknown escape"),
            ("\"\"\"a\rb\"\"\"", "1:10: a carriage return without a line feed"),
            ("\"\\", "1:5: the string does not end"),
            ("\"\"\"a\"\"\"\"\"\"", "1:14: expected the end of the line"),
            ("\"a\" \"b\"", "1:9: expected the end of the line"),
        ])
    func wrongStrings(text: String, wanted: String) {
        #expect(complaint("a = \(text)")?.hasPrefix(wanted) == true, "\(complaint("a = \(text)") ?? "")")
    }

    @Test("an escaped NUL is read, and told")
    func escapedNUL() throws {
        let document = try TOMLDocument(Array("\na = [\"b\\u0000\", \"\\U00000000\"]".utf8))
        #expect(document.escapedNUL == TOMLPosition(line: 2, column: 8))
        #expect(shape(.table(document.root)) == "{a=[\"b\\0\", \"\\0\"]}")
        #expect(try TOMLDocument(Array("a = '\\u0000'".utf8)).escapedNUL == nil)
    }
}
