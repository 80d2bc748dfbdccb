import Passthrough
import Testing

@testable import Host

@Suite("Texts of records")
struct RecordTextTests {
    private let record = FunctionRecord(
        address: Scenario.address(1), instance: .max, id: Scenario.card, nativeDriver: Scenario.mlx4,
        nativeOverride: nil, target: .vfioPCI, method: .newID, overrideWritten: false, policy: "cards",
        phase: .rebinding, time: -1, note: "begun")

    private func again(_ record: FunctionRecord) -> FunctionRecord? {
        RecordText.record(Array(RecordText.text(record).utf8), of: record.address)
    }

    @Test("a record comes back from its text")
    func roundTrip() {
        var record = record
        #expect(again(record) == record)
        for phase in FunctionRecord.Phase.allCases {
            for method in Method.allCases {
                record.phase = phase
                record.method = method
                record.overrideWritten.toggle()
                record.policy = record.overrideWritten ? nil : "p"
                record.settings = VirtualFunctionSettings("02:00:00:00:00:01 5 0")
                record.nativeDriver = record.overrideWritten ? nil : Scenario.mlx4
                #expect(again(record) == record)
            }
        }
    }

    @Test(
        "no text of an override or a note breaks a record",
        arguments: [
            "vfio-pci\r", "\r\n", "a\nb", "a\nend\n", "%", "%0a", "100%25", " leading", "\u{301}combining", "", "é",
            "\u{7f}",
            "\0", "target x", String(repeating: "x", count: 4094),
        ])
    func texts(_ text: String) {
        var record = record
        record.note = text
        record.nativeOverride = text
        #expect(again(record) == record)
        #expect(RecordText.text(record).utf8.count < RecordText.limit)
    }

    @Test("a text that was cut anywhere is no record")
    func truncated() {
        let bytes = Array(RecordText.text(record).utf8)
        for count in 0..<bytes.count { #expect(RecordText.record(Array(bytes[..<count]), of: record.address) == nil) }
    }

    @Test(
        "what is not of this version is no record",
        arguments: [
            "", "\n", "end\n", "vfio-rebind journal 2\nend\n", "vfio-rebind journal 1\nend\n",
            "vfio-rebind journal 1\nend",
            "vfio-rebind journal 1\ninstance 1\nid 15b3:1003\ntarget vfio-pci\nmethod other\nphase rebound\nend\n",
            "vfio-rebind journal 1\ninstance -1\nid 15b3:1003\ntarget vfio-pci\nmethod new_id\nphase rebound\nend\n",
            "vfio-rebind journal 1\ninstance 1\nid 15b3:1003\ntarget a b\nmethod new_id\nphase rebound\nend\n",
            "vfio-rebind journal 1\ninstance 1\nid 15b3:1003\ntarget vfio-pci\nmethod new_id\nphase rebound\nnote %zz\nend\n",
        ])
    func rejected(_ text: String) {
        #expect(RecordText.record(Array(text.utf8), of: record.address) == nil)
    }

    @Test("random bytes never trap")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let whole = Array(RecordText.text(record).utf8)
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = RecordText.record(bytes, of: record.address)
            let noise = (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(RecordText.record(noise, of: record.address) == nil)
        }
    }
}
