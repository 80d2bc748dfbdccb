import JSON
import Passthrough
import Testing

@testable import SnapshotFiles

@Suite("A bad snapshot")
struct BadSnapshotTests {
    private static func error(_ text: String) -> String? {
        do {
            _ = try SnapshotDocument.capture(Array(text.utf8))
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static let head = #"{"schema":"vfio-rebind.snapshot/1","functions":"#

    @Test(
        "is refused with its place",
        arguments: [
            ("", "1:1"), ("{", "1:2"), ("[]", "must be an object"), ("{} x", "1:4"), ("{\"a\":01}", "1:"),
            ("{\"schema\":\"vfio-rebind.snapshot/2\"}", "schema"), ("{\"functions\":[]}", "schema is missing"),
            (head + "[{}]}", "functions[0]: address is missing"),
            (head + #"[{"address":"x","id":"1:2"}]}"#, "functions[0].address"),
            (head + #"[{"address":"00:00.0","id":"15b3:1003","iommu_gruop":1}]}"#, "did you mean \"iommu_group\""),
            (head + #"[{"address":"00:00.0","id":"15b3:1003","iommu_group":-1}]}"#, "functions[0].iommu_group: -1"),
            (head + #"[{"address":"00:00.0","id":"15b3:1003","class":"02000g"}]}"#, "functions[0].class"),
            (head + #"[{"address":"00:00.0","id":"15b3:1003","uses":{"disk":{}}}]}"#, "functions[0].uses.disk"),
            (head + #"[{"address":"00:00.0","id":"15b3:1003"},{"address":"00:00.0","id":"15b3:1003"}]}"#, "twice"),
            (head + "[],\"functions\":[]}", "is there twice"), (head + "[]", "1:"),
            (head + "[],\"a\":\"\\ud800\"}", "surrogates"),
            (head + "[],\"kernel_relase\":\"\"}", "did you mean \"kernel_release\""), (head + "[1.5]}", "functions[0]"),
            (head + "[],\"surroundings\":{\"vfioPCI\":1}}", "surroundings.vfioPCI"),
            (head + "[],\"surroundings\":{\"vfioPci\":1}}", "did you mean"),
            (String(repeating: "[", count: 100_000), "nested"),
        ])
    func refused(text: String, wanted: String) throws {
        let error = try #require(BadSnapshotTests.error(text))
        #expect(error.contains(wanted), "\(error)")
    }

    @Test("whatever the bytes, reading ends")
    func randomBytes() throws {
        var generator = SystemRandomNumberGenerator()
        let good = SnapshotText.bytes(try SnapshotDocumentTests.capture())
        var refused = 0
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert("{}[]\",:\\u-0e.".utf8.randomElement(using: &generator) ?? 0, at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { break }
            }
            do {
                _ = try SnapshotDocument.capture(bytes)
            } catch {
                refused += 1
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(refused > 1000)
    }
}
