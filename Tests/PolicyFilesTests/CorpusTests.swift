import Passthrough
import Testing

@testable import PolicyFiles

@Suite struct CorpusTests {
    @Test func goodFilesHaveNoErrorsAndSurvivePrinting() throws {
        let files = try corpus("good")
        #expect(files.count >= 5)
        for (name, bytes) in files {
            let document = PolicyDocument(bytes, file: "p.toml")
            #expect(document.messages == [], "\(name)")
            #expect(!document.policies.isEmpty && document.policies.count == document.entries.count, "\(name)")
            let again = read(document.policies.map(\.tomlText).joined())
            let unplaced = [document.policies, again.policies].map { policies in
                policies.map { policy in
                    var policy = policy
                    policy.line = nil
                    return policy
                }
            }
            #expect(unplaced[0] == unplaced[1], "\(name)")
        }
    }

    /// Each line `# expect: text` of a bad file is a part of one message of its own, in order; there are no other messages.
    @Test func badFilesHaveTheErrorsThatTheyName() throws {
        let files = try corpus("bad")
        #expect(files.count >= 10)
        for (name, bytes) in files {
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            let expected = lines.filter { $0.hasPrefix("# expect: ") }.map { String($0.dropFirst(10)) }
            let messages = PolicyDocument(bytes, file: name).messages
            #expect(!expected.isEmpty && messages.count == expected.count, "\(name): \(messages)")
            for (message, part) in zip(messages, expected) {
                #expect(message.contains(part), "\(name): \(part) in \(message)")
            }
        }
    }
}
