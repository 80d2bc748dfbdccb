import Passthrough
import Testing

@testable import PolicyFiles

/// Whatever stands in a file, reading it ends with policies or with errors: that is all that these look at.
@Suite struct RandomBytesTests {
    private func read(_ bytes: [UInt8]) {
        let document = PolicyDocument(bytes, file: "p.toml")
        #expect(!document.errors.isEmpty || document.policies.count == document.entries.count)
        for policy in document.policies { #expect(!policy.match.isEmpty && !policy.name.isEmpty) }
    }

    private func rounds(_ count: Int) -> Range<Int> { 0..<max(100, Int(Double(count) * testScale)) }

    @Test func randomBytes() {
        var generator = SeededGenerator(state: 2)
        for _ in rounds(3_000) {
            read(
                (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                })
        }
    }

    @Test func randomTokens() {
        let tokens =
            [
                "[[policy]]", "[policy.match]", "name", "match", "id", "=", "\"15b3:1003\"", "'a'", "[", "]", "{", "}",
                ",", "\n",
            ]
            + [
                "\"", "'''", "\"\"\"", "#", ".", "\\", "\\u0000", "1", "-1", "1e9", "true", "1979-05-27", "inf",
                "guards", " ", "\r\n", "é",
            ]
        var generator = SeededGenerator(state: 3)
        for _ in rounds(6_000) {
            let count = Int.random(in: 0...40, using: &generator)
            read((0..<count).flatMap { _ in Array((tokens.randomElement(using: &generator) ?? "").utf8) })
        }
    }

    @Test func mutatedGoodFiles() throws {
        let files = try corpus("good") + corpus("bad")
        var generator = SeededGenerator(state: 4)
        for _ in rounds(6_000) {
            var bytes = files.randomElement(using: &generator)?.bytes ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, &generator) }
            read(bytes)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, position + Int.random(in: 1...30, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.removeSubrange(position..<end)
        case 3: bytes.insert(contentsOf: bytes[position..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        case 4: bytes.insert("\"'[]{}=.,#\\\n".utf8.randomElement(using: &generator) ?? 0, at: position)
        default: bytes.removeSubrange(position...)
        }
    }
}
