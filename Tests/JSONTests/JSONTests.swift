import Testing

@testable import JSON

@Suite("JSON")
struct JSONTests {
    private func read(_ text: String) throws(JSONError) -> JSONValue { try JSONParser.document(Array(text.utf8)) }

    @Test(
        "what is read is written again",
        arguments: [
            ("null", "null"), (" [ true , false ] ", "[true,false]"), ("-0", "0"),
            ("9223372036854775807", "9223372036854775807"),
            ("{\"b\":1,\"a\":{}}", "{\"b\":1,\"a\":{}}"), ("[1.5,1e3,9223372036854775808]", "[null,null,null]"),
            (#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é\u0001""#, "\"\\\"\\\\/\\b\\f\\n\\r\\té😀é\\u0001\""),
        ])
    func roundTrip(text: String, wanted: String) throws { #expect(try read(text).text == wanted) }

    @Test(
        "what is not JSON is refused with line and column",
        arguments: [
            ("", "1:1: ends where"), ("{", "1:2: ends where"), ("[1,]", "1:4: not JSON"),
            ("{\"a\":01}", "1:8: a bad number"),
            ("[\n  tru]", "2:3: not JSON"), ("{} x", "1:4: not JSON"), ("{\"a\":1,\"a\":2}", "is there twice"),
            ("\"\\ud800\"", "surrogates"), ("\"\\x\"", "a bad escape"), ("\"\t\"", "a control character"),
            ("[1e]", "a bad number"),
            ("-", "a bad number"), ("{a:1}", "not JSON"), (String(repeating: "[", count: 33), "nested more than 32"),
            ("\u{feff}{}", "1:1: not JSON"), ("'a'", "1:1: not JSON"),
        ])
    func refused(text: String, wanted: String) {
        do throws(JSONError) {
            Issue.record("taken: \(try read(text))")
        } catch {
            #expect(error.description.contains(wanted), "\(error)")
        }
    }

    @Test("bytes that are no text are refused") func encoding() {
        #expect(throws: JSONError("", "not UTF-8")) { try JSONParser.document([0x22, 0xff, 0x22]) }
    }

    @Test("objects are written with sorted keys, absent facts as null")
    func writing() throws {
        let missing: Int? = nil
        let value = JSONValue.object(["b": .number(missing), "a": .texts([1, 2]), "c": .text(String?.none)])
        #expect(value.text == "{\"a\":[\"1\",\"2\"],\"b\":null,\"c\":null}")
        #expect(value.fields?["b"] == .null && JSONValue.null.fields == nil)
        #expect(try read("{\"b\":[{\"d\":1,\"c\":2}],\"a\":3}").sorted.text == "{\"a\":3,\"b\":[{\"c\":2,\"d\":1}]}")
    }

    @Test("a document has a line for each key and each object of a list")
    func document() throws {
        let value = try read("{\"a\":[{\"b\":1},{}],\"c\":[1]}")
        guard case .object(let members) = value else { return #expect(Bool(false), "no object") }
        let text = String(decoding: JSONText.document(members), as: UTF8.self)
        #expect(text == "{\n\"a\": [\n{\"b\":1},\n{}\n],\n\"c\": [1]\n}\n")
        #expect(try read(text) == value)
    }

    @Test("typed reading says what is expected, and where")
    func reading() throws {
        let value = try read("{\"list\":[1,\"x\",-1],\"flag\":true}")
        let list = try #require(value.fields?["list"])
        #expect(throws: JSONError("[1]", "must be a number from 0 to 255, not a string")) {
            try list.entries { (node) throws(JSONError) in
                let number: UInt8 = try node.integer(); return number
            }
        }
        #expect(throws: JSONError("flag", "must be a string, not a boolean")) {
            try value.eachMember { (key, node) throws(JSONError) in if key == "flag" { _ = try node.string() } }
        }
        #expect(JSONError("[1]", "r").below("list").description == "list[1]: r")
    }
}
