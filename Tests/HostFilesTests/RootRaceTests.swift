import HostFiles
import Testing

/// Somebody who may write below the root swaps what it contains while it is used.
@Suite("Links that are swapped")
struct RootRaceTests {
    private let outside: Scratch
    private let inside: Scratch

    /// `/spot` is a link to a directory of the root, or out of it.
    init() throws {
        outside = try Scratch()
        inside = try Scratch()
        try outside.file("/secret", "outside")
        try inside.file("/real/secret", "inside")
        try inside.link("/spot", to: "/real")
    }

    /// Runs `body` 20,000 times, and until the link was replaced a hundred times meanwhile.
    private func race(_ body: () -> Void) throws {
        let swapper = try Swapper(inside.path + "/spot", [outside.path, "/real", "../../.." + outside.path])
        var tries = 0
        while tries < 20_000 || swapper.count < 100 {
            body()
            tries += 1
        }
        swapper.stop()
    }

    @Test("No try reads what is outside")
    func reading() throws {
        var seen: Set<String> = []
        try race {
            if let text = inside.root.attribute("/spot/secret") { seen.insert(text) }
            seen.formUnion(inside.root.list("/spot"))
        }
        #expect(seen.isSubset(of: ["inside", "secret"]))
    }

    @Test("No try writes outside")
    func writing() throws {
        try race {
            try? inside.root.replace("/spot/new", Array("new".utf8))
            try? inside.root.makeFolder("/spot/made")
            try? inside.root.remove("/spot/secret")
            try? inside.root.removeTree("/spot/made")
        }
        #expect(try outside.root.names(in: "/") == ["secret"])
        #expect(outside.text("/secret") == "outside")
    }
}
