import Testing

@testable import Passthrough

@Suite struct SuggestionTests {
    private static let words = ["id", "class", "address", "physical_function", "numa_node", "function", "subsystem"]

    @Test(arguments: [
        ("idd", "id"), ("ids", "id"), ("di", "id"), ("clas", "class"), ("Class", "class"), ("adress", "address"),
        ("physical-function", "physical_function"), ("numanode", "numa_node"), ("fucntion", "function"),
    ])
    func nearest(_ word: String, _ expected: String) {
        #expect(Suggestion.nearest(to: word, among: SuggestionTests.words) == expected)
    }

    @Test(arguments: ["", "vendor", "xyzzy", String(repeating: "id", count: 100_000)])
    func nothingNear(_ word: String) { #expect(Suggestion.nearest(to: word, among: SuggestionTests.words) == nil) }
}
