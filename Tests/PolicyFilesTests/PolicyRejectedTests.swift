import Passthrough
import Testing

@testable import PolicyFiles

/// A line of a policy, and the parts that the one message about it must have.
struct Rejected: CustomTestStringConvertible, Sendable {
    let line: String
    let parts: [String]

    init(_ line: String, _ parts: String...) {
        self.line = line
        self.parts = parts
    }

    var testDescription: String { line }
}

@Suite struct PolicyRejectedTests {
    private func expectOne(_ rejected: Rejected, in text: String) {
        let document = read(text)
        #expect(document.policies.isEmpty)
        #expect(document.messages.count == 1, "\(document.messages)")
        for part in ["p.toml", "policy a: "] + rejected.parts {
            #expect(document.messages.first?.contains(part) == true, "\(part) in \(document.messages)")
        }
    }

    @Test(arguments: [
        Rejected(#"id = "ffff:1003""#, "p.toml:3: ", "match.id: \"ffff:1003\"", "ffff is not a device ID"),
        Rejected(#"id = ["15b3:1003", "15b3:FFFF"]"#, "match.id: \"15b3:FFFF\"", "ffff is not a device ID"),
        Rejected(#"id = "15b3:11003""#, "more than 16 bits", "\"15b3:1003\""),
        Rejected(#"id = "15b3""#, "must be vendor:device"), Rejected(#"id = "15b3:""#, "one half is missing"),
        Rejected(#"id = "*:*""#, "at most one half"), Rejected(#"id = "0x15b3:0x1003""#, "without 0x"),
        Rejected(#"id = "15b3:100""#, "four hexadecimal digits"),
        Rejected(#"id = "15b3 1003""#, "must be vendor:device"),
        Rejected(#"id = "15b3:1003:1""#, "must be vendor:device"), Rejected(#"id = "15b3:100g""#, "four hexadecimal"),
        Rejected(#"id = "15b3:1003 ""#, "four hexadecimal digits"), Rejected(#"id = """#, "must be vendor:device"),
        Rejected(#"id = []"#, "match.id: ", "the list is empty", "\"15b3:1003\""),
        Rejected(#"id = 15"#, "must be a string or a list of strings", "not an integer"),
        Rejected(#"id = [["15b3:1003"]]"#, "value 1 must be a string", "not a list"),
        Rejected(#"id = ["15b3:1003", 3]"#, "value 2 must be a string", "not an integer"),
        Rejected(#"id = true"#, "not a boolean"), Rejected(#"id = 1.5"#, "not a floating-point number"),
        Rejected(#"id = { a = 1 }"#, "not a table"),
        Rejected(#"subsystem = "ffff:0000""#, "match.subsystem", "ffff is not a device ID"),
        Rejected(#"class = "0x02""#, "match.class", "without 0x"), Rejected(#"class = "020""#, "2, 4 or 6"),
        Rejected(#"class = "02000000""#, "2, 4 or 6"), Rejected(#"class = "zz""#, "2, 4 or 6"),
        Rejected(#"class = 2"#, "must be a string or a list of strings, such as \"0200\", not an integer"),
        Rejected(#"address = "01:20.0""#, "match.address: \"01:20.0\"", "up to 1f"),
        Rejected(#"address = "01:00.8""#, "up to 7"), Rejected(#"address = "eth0""#, "must be an address"),
        Rejected(#"address = "0000:0[1:00.0""#, "or a glob"), Rejected(#"address = "0000:01:00.{0,1}""#, "or a glob"),
        Rejected(#"address = """#, "must be an address"), Rejected(#"driver = "a/b""#, "match.driver", "\"none\""),
        Rejected(#"driver = """#, "match.driver"), Rejected(#"function = "virtal""#, "did you mean \"virtual\"?"),
        Rejected(#"function = "vf""#, "must be one of \"any\", \"physical\", \"virtual\""),
        Rejected(#"physical_function = "x""#, "match.physical_function"),
        Rejected(#"id = "15b3:1003", idd = "15b3:1003""#, "match.idd: unknown key; did you mean \"id\"?"),
        Rejected(#"ids = ["15b3:1003"]"#, "match.ids: unknown key; did you mean \"id\"?"),
        Rejected(#"vendor = "15b3""#, "match.vendor: unknown key; known are \"id\", \"subsystem\""),
        Rejected(#"physical-function = "01:00.0""#, "did you mean \"physical_function\"?"),
        Rejected("", "match: is empty; write at least one key: \"id\""),
    ])
    func inMatch(_ rejected: Rejected) {
        expectOne(rejected, in: "[[policy]]\nname = \"a\"\nmatch = { \(rejected.line) }\n")
    }

    @Test(arguments: [
        Rejected(#"description = 1"#, "p.toml:4: policy a: description: ", "must be a string", "not an integer"),
        Rejected(#"action = "pasthrough""#, "action: \"pasthrough\"", "did you mean \"passthrough\"?"),
        Rejected(#"action = ["ignore"]"#, "must be a string", "not a list"),
        Rejected(#"action = "no""#, "must be one of"),
        Rejected(#"driver = "none""#, "driver: \"none\"", "action = \"ignore\""),
        Rejected(#"driver = "a b""#, "no driver's name"),
        Rejected(#"driver = ["vfio-pci"]"#, "must be a string"),
        Rejected(#"method = "newid""#, "did you mean \"new_id\"?"),
        Rejected(#"method = "driver-override""#, "did you mean \"driver_override\"?"),
        Rejected(#"group = "all""#, "must be one of \"require\", \"whole\", \"ignore\""),
        Rejected(#"guards = "off""#, "guards: must be a table"),
        Rejected(#"guards = { storrage = "off" }"#, "guards.storrage: unknown key; did you mean \"storage\"?"),
        Rejected(#"guards = { storage = "of" }"#, "guards.storage: \"of\"", "did you mean \"off\"?"),
        Rejected(#"guards = { storage = false }"#, "guards.storage: must be a string", "not a boolean"),
        Rejected(#"guards = { group = "off" }"#, "guards.group", "group = \"ignore\""),
        Rejected(#"timeout = 0"#, "timeout: 0: must be seconds from 1 to 3600"),
        Rejected(#"timeout = -1"#, "from 1 to 3600"),
        Rejected(#"timeout = 3601"#, "from 1 to 3600"), Rejected(#"timeout = "30""#, "not a string"),
        Rejected(#"timeout = 1.5"#, "not a floating-point number"), Rejected(#"except = {}"#, "except: is empty"),
        Rejected(#"except = { idd = "15b3:1003" }"#, "except.idd", "did you mean \"id\"?"),
        Rejected(#"except = "15b3:1003""#, "except: must be a table"),
        Rejected("access = {}", "access: is empty"), Rejected(#"access = "qemu""#, "access: must be a table"),
        Rejected(#"access = { user = "a b" }"#, "access.user: \"a b\": must be a name"),
        Rejected(#"access = { group = "" }"#, "access.group: \"\": must be a name"),
        Rejected(#"access = { mode = "1777" }"#, "access.mode: \"1777\": must be permissions in octal digits"),
        Rejected(#"access = { mode = "rw" }"#, "octal"), Rejected(#"access = { mode = "+66" }"#, "octal"),
        Rejected("driver = \"auto\"\nmethod = \"new_id\"", "method: \"new_id\" registers ids with one driver"),
        Rejected(#"acton = "ignore""#, "acton: unknown key; did you mean \"action\"?"),
        Rejected(#"class = "02""#, "class: unknown key; it belongs into match"),
    ])
    func inAPolicy(_ rejected: Rejected) { expectOne(rejected, in: policyText("a", rejected.line)) }

    @Test(arguments: ["bridge", "siblings", "target", "below", "vfs", "in-use"], ["off", "warn"])
    func guardsThatCanNeverBeOverridden(_ name: String, _ setting: String) {
        let line = "guards = { \(name) = \"\(setting)\" }"
        expectOne(Rejected(line, "p.toml:4: ", "guards.\(name): can never be overridden"), in: policyText("a", line))
    }

    @Test(arguments: [
        Rejected("path = 1", "match.path: must be a string or a list of strings"),
        Rejected(#"path = "/01:00.0""#, "match.path: \"/01:00.0\": must be a glob over the functions above it"),
        Rejected(#"path = "0000:00:1c.0/eth0""#, "stays within a part"), Rejected("slot = [1]", "match.slot: value 1"),
        Rejected(#"slot = """#, "match.slot", "/sys/bus/pci/slots"), Rejected(#"slot = "a/b""#, "a slot's name"),
        Rejected(#"serial = "1""#, "match.serial: \"1\": must be eight pairs"),
        Rejected(#"removable = "no""#, "match.removable", "must be one of \"removable\", \"fixed\""),
        Rejected(#"removable = "fixd""#, "did you mean \"fixed\"?"),
        Rejected(#"numa_node = "1""#, "match.numa_node: must be a number from 0 or a list of them"),
        Rejected("numa_node = [-1]", "number from 0"), Rejected("numa_node = []", "number from 0"),
        Rejected("numa_node = [0, 1.5]", "number from 0"), Rejected("fid = 256", "match.fid: must be a string"),
        Rejected(#"uid = "0x""#, "match.uid: \"0x\": must be a hexadecimal number"),
        Rejected(#"pchid = "1ffffffff""#, "at most 32 bits"),
    ])
    func identitiesInMatchAndExcept(_ rejected: Rejected) {
        expectOne(rejected, in: "[[policy]]\nname = \"a\"\nmatch = { \(rejected.line) }\n")
        let text = "[[policy]]\nname = \"a\"\nmatch = { id = \"15b3:1003\" }\nexcept = { \(rejected.line) }\n"
        #expect(read(text).messages.count == 1 && read(text).messages.first?.contains(": except.") == true)
    }

    @Test func unknownKeysOfAccess() {
        let messages = read(policyText("a", "access = { usr = \"q\", mode = 432 }")).messages
        #expect(messages.count == 2)
        #expect(messages.contains { $0.contains("access.usr: unknown key; did you mean \"user\"?") })
        #expect(messages.contains { $0.contains("access.mode: must be a string") })
    }

    @Test(arguments: [
        Rejected(#"match = { class = "02" }"#, "p.toml:3: policy a: method: ", "match has no id"),
        Rejected(#"match = { id = ["15b3:1003", "15b3:*"] }"#, "method: ", "\"15b3:*\""),
    ])
    func newIDWithoutExactIDs(_ rejected: Rejected) {
        expectOne(rejected, in: "[[policy]]\nname = \"a\"\nmethod = \"new_id\"\n\(rejected.line)\n")
    }
}
