import Passthrough
import Testing

@Suite("Patterns")
struct PatternsTests {
    private let id = PCIID(vendor: 0x15b3, device: 0x1003)

    @Test(
        "an id may leave out either half",
        arguments: [
            ("15b3:1003", true), ("15B3:1003", true), ("15b3:*", true), ("*:1003", true), ("15b3:1004", false),
            ("*:1004", false), ("1014:*", false),
        ])
    func idMatches(text: String, expected: Bool) throws {
        let pattern = try #require(IDPattern(text))
        #expect(pattern.matches(id) == expected)
        #expect(IDPattern(pattern.description) == pattern)
    }

    @Test("only an id without a wildcard names a type")
    func exact() {
        #expect(IDPattern("15b3:1003")?.exact == id)
        #expect(IDPattern("15b3:*")?.exact == nil)
        #expect(IDPattern("*:1003")?.exact == nil)
        #expect(IDPattern(id) == IDPattern("15b3:1003"))
    }

    @Test(
        "rejects ids",
        arguments: [
            ("*:*", "everything"), ("ffff:1003", "PCI_ANY_ID when widened"), ("15b3:ffff", "PCI_ANY_ID when widened"),
            ("15b3", "no device"), ("15b3:", "empty half"), ("15b3:1*", "no glob"), ("115b3:1003", "more than 16 bits"),
            ("", "empty"), ("15b3:1003:*", "three parts"),
        ])
    func idRejects(text: String, reason: String) {
        #expect(IDPattern(text) == nil, Comment(rawValue: reason))
    }

    @Test(
        "a class is a prefix",
        arguments: [
            ("02", true), ("0200", true), ("020000", true), ("0207", false), ("01", false), ("020001", false),
            ("00", false),
        ])
    func classMatches(text: String, expected: Bool) throws {
        let prefix = try #require(ClassPrefix(text))
        #expect(prefix.matches(ClassCode(0x020000)) == expected)
        #expect(prefix.description == text)
    }

    @Test("a class prefix of zeros is no wildcard")
    func classZero() {
        #expect(ClassPrefix("00")?.matches(ClassCode(0x00_ff00)) == true)
        #expect(ClassPrefix("0000")?.matches(ClassCode(0x00_ff00)) == false)
    }

    @Test("rejects classes", arguments: ["", "0", "020", "02000", "0200000", "0x02", "0g", "*"])
    func classRejects(text: String) {
        #expect(ClassPrefix(text) == nil)
    }

    @Test(
        "an address is exact or a glob over the kernel's form",
        arguments: [
            ("0001:00:00.0", true), ("0001:000:000:0", true), ("0001:*", true), ("*:00:00.0", true), ("*.[0-3]", true),
            ("00:00.0", false), ("0000:*", false), ("0001:00:00.[!0]", false), ("000A:*", false),
        ])
    func addressMatches(text: String, expected: Bool) throws {
        let address = try #require(PCIAddress("0001:00:00.0"))
        let pattern = try #require(AddressPattern(text))
        #expect(pattern.matches(address) == expected)
        #expect(AddressPattern(pattern.description) == pattern)
    }

    @Test("rejects addresses", arguments: ["", "0001", "0001:00:00", "x*", "0001:00:00.0 *", "[0", "0001:00:00.8"])
    func addressRejects(text: String) {
        #expect(AddressPattern(text) == nil)
    }

    @Test("upper case in a glob is the kernel's lower case")
    func globCase() throws {
        let address = try #require(PCIAddress("000a:00:00.0"))
        #expect(AddressPattern("000A:*")?.matches(address) == true)
    }

    @Test("`none` is a function without a driver")
    func driver() {
        #expect(DriverPattern("none")?.matches(nil) == true)
        #expect(DriverPattern("none")?.matches(.vfioPCI) == false)
        #expect(DriverPattern("vfio-pci")?.matches(.vfioPCI) == true)
        #expect(DriverPattern("vfio-pci")?.matches(nil) == false)
        #expect(DriverPattern("vfio pci") == nil)
        #expect(DriverPattern("none")?.description == "none")
    }

    @Test("roles")
    func role() {
        #expect(RolePattern.any.matches(.virtual) && RolePattern.any.matches(.physical))
        #expect(RolePattern.virtual.matches(.virtual) && !RolePattern.virtual.matches(.physical))
    }

    @Test("random bytes never trap")
    func randomBytes() {
        forRandomTexts(alphabet: "0123456789abcdef:.*?[]!-") { text in
            for pattern in [
                IDPattern(text)?.description, AddressPattern(text)?.description, ClassPrefix(text)?.description,
            ] {
                #expect(pattern == nil || pattern?.isEmpty == false)
            }
            _ = DriverPattern(text)
        }
    }
}
