import FuzzTargets
import HostFiles
import Testing

/// Every input that is kept: where fuzzing begins, what reached further than others, and what once made a reader trap.
@Suite("Corpus of the fuzzers")
struct CorpusTests {
    @Test("no kept input traps or is misread", arguments: FuzzTarget.allCases)
    func replay(_ target: FuzzTarget) throws {
        let reader = try target.reader()
        let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let folder = "/\(here)/Fuzz/corpus/\(target.rawValue)"
        let names = try Root.host.names(in: folder)
        #expect(names.count >= 2)
        for name in names {
            let bytes = try Root.host.read("\(folder)/\(name)", limit: 1 << 20)
            #expect(reader.complaint(bytes) == nil, "\(target.rawValue)/\(name)")
        }
    }

    @Test("the first bytes of an input, and every byte changed, neither", arguments: FuzzTarget.allCases)
    func damaged(_ target: FuzzTarget) throws {
        let reader = try target.reader()
        #expect(reader.complaint([]) == nil)
        let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let folder = "/\(here)/Fuzz/corpus/\(target.rawValue)"
        for name in try Root.host.names(in: folder).prefix(4) {
            var bytes = Array(try Root.host.read("\(folder)/\(name)", limit: 1 << 20).prefix(512))
            for index in bytes.indices {
                #expect(reader.complaint(Array(bytes[..<index])) == nil, "\(target.rawValue)/\(name) cut at \(index)")
                bytes[index] ^= 0x10
                #expect(reader.complaint(bytes) == nil, "\(target.rawValue)/\(name) with byte \(index) changed")
                bytes[index] ^= 0x10
            }
        }
    }
}
