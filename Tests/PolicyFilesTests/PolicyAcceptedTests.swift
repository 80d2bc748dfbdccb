import Passthrough
import Testing

@testable import PolicyFiles

@Suite struct PolicyAcceptedTests {
    @Test func everyDefaultIsThatOfTheManualPage() throws {
        let document = read(policyText("a"))
        #expect(document.messages == [])
        let policy = try #require(document.policies.first)
        let id = try #require(IDPattern("15b3:1003"))
        #expect(policy == Policy(name: "a", file: "p.toml", line: 1, match: Match(ids: [id])))
        #expect(policy.action == .passthrough && policy.driver == .vfioPCI && policy.method == .auto)
        #expect(policy.group == .require && policy.guards.isEmpty && policy.timeout == nil && policy.except == nil)
    }

    @Test(arguments: [
        #"id = ["15b3:1003", "15b3:1004"]"#, #"id = "15b3:*""#, #"id = "*:1003""#, #"id = "15B3:1003""#,
        #"subsystem = "1014:0000""#, #"class = "02""#, #"class = ["0200", "020000"]"#, #"class = "0C03""#,
        #"address = "0000:01:00.0""#, #"address = "01:00.0""#, #"address = "0001:000:000:0""#,
        #"address = "10000:e1:00.0""#, #"address = ["0000:0[1-4]:*", "0000:??:00.0"]"#, #"driver = "mlx4_core""#,
        #"driver = ["none", "nvme"]"#, #"function = "any""#, #"function = ["physical", "virtual"]"#,
        #"physical_function = "0000:01:00.0""#, #"physical_function = "*:01:00.?""#,
        #"path = "0000:00:1c.0/*""#, #"path = ["**/0000:01:00.0", "0000:00:1c.0/0000:01:00.0"]"#,
        #"slot = ["3", "5-1"]"#,
        #"serial = "00-00-c9-FF-ff-00-00-01""#, #"removable = ["removable", "fixed", "unknown"]"#, "numa_node = 1",
        "numa_node = [0, 1]", #"fid = "0x100""#, #"uid = ["1", "0002"]"#, #"pchid = "1C0""#,
    ])
    func everyFormOfMatchAndExcept(_ key: String) {
        let text = "[[policy]]\nname = \"a\"\nmatch = { \(key) }\nexcept = { \(key) }\n"
        #expect(read(text).messages == [])
        #expect(read(text).policies.count == 1)
        #expect(read(text).policies.first?.except == read(text).policies.first?.match)
    }

    @Test(arguments: [
        "description = \"text \\u00e4 \\\"quoted\\\"\"", "description = \"\"", "action = \"passthrough\"",
        "action = \"ignore\"",
        "driver = \"vfio-pci\"", "driver = \"mlx5_vfio_pci\"", "driver = \"auto\"",
        "access = { user = \"qemu\", group = \"107\", mode = \"0660\" }", "access = { mode = \"600\" }",
        "method = \"auto\"", "method = \"new_id\"",
        "method = \"driver_override\"", "group = \"require\"", "group = \"whole\"", "group = \"ignore\"",
        "guards = {}", "guards = { storage = \"warn\", network = \"off\", open = \"enforce\" }",
        "guards = { console = \"off\", libvirt = \"warn\", iommu = \"off\", identity = \"off\" }",
        "guards = { group = \"enforce\", bridge = \"enforce\", in-use = \"enforce\", vfs = \"enforce\" }",
        "timeout = 1", "timeout = 3600", "timeout = 0x1e", "method = \"new_id\"\nexcept = { address = \"01:00.0\" }",
    ])
    func everyOtherKey(_ line: String) {
        let document = read(policyText("a", line))
        #expect(document.messages == [])
        #expect(document.policies.count == 1)
    }

    @Test(arguments: ["a", "A-z.0_9", "-", ".", "..", "0"])
    func names(_ name: String) { #expect(read(policyText(name)).policies.map(\.name) == [name]) }

    @Test func severalWaysToWriteTheSame() {
        let inline = read("policy = [ { name = \"a\", match = { id = \"15b3:1003\" }, timeout = 9 } ]")
        let table = read(
            "\u{feff}[[policy]]\r\nname = 'a'\r\ntimeout = 9\r\n[policy.match]\r\nid = [\"15b3:1003\",\r\n]\r\n")
        let dotted = read("[[ policy ]] # c\n\"name\" = \"\"\"a\"\"\"\ntimeout = 9\nmatch.id = '15b3:1003'")
        for document in [inline, table, dotted] {
            #expect(document.messages == [])
            var policy = document.policies.first
            policy?.line = nil
            #expect(policy == Policy(name: "a", file: "p.toml", match: inline.policies[0].match, timeout: 9))
        }
    }

    @Test(arguments: ["", "\n", "# only a comment", "policy = []", "\u{feff}"])
    func nothingIsNoError(_ text: String) {
        #expect(read(text).messages == [])
        #expect(read(text).entries.isEmpty)
    }

    @Test func orderAndLinesAreThoseOfTheFile() {
        let document = read(
            "# one\n\n" + policyText("b") + "# \"\"\"\n" + policyText("a") + "description = '''\n[[policy]]\n'''")
        #expect(document.messages == [])
        #expect(document.policies.map(\.name) == ["b", "a"])
        #expect(document.policies.map(\.line) == [3, 8])
    }

    @Test func aGlobThatMatchesNoAddressIsWarnedOf() {
        let text = "[[policy]]\nname = \"a\"\nmatch = { address = [\"01:00.*\", \"0000:01:*\", \"*:00.0\"] }"
        #expect(read(text).messages == [])
        #expect(read(text).warnings.map(\.description).count == 1)
        #expect(
            read(text).warnings.first?.description.contains("p.toml:3: policy a: match.address: \"01:00.*\"") == true)
    }
}
