import Glibc
import HostFiles
import Testing

@testable import PolicyFiles

@Suite struct WatchedPathTests {
    private let tree: TemporaryTree
    private let etc = "etc/vfio-rebind/policy.d"

    init() throws {
        tree = try TemporaryTree()
        try tree.file("\(etc)/a.toml", policyText("a"))
        try tree.file("\(etc)/b.toml", "[[[")
        try tree.link("\(etc)/c.toml", to: "/srv/c")
        try tree.link("\(etc)/d.toml", to: "/dev/null")
        try tree.file("srv/c", policyText("c"))
    }

    /// Waits until a file that changes now gets another time than those that have changed until now.
    private func waitForNextTimestamp() throws {
        var times: [timespec] = []
        repeat {
            var status = stat()
            try tree.file("clock", "")
            #expect(stat("\(tree.path)/clock", &status) == 0)
            times.append(status.st_mtim)
        } while times[0].tv_sec == times[times.count - 1].tv_sec && times[0].tv_nsec == times[times.count - 1].tv_nsec
    }

    private func change(_ change: () throws -> Void) throws -> Bool {
        let root = try tree.root()
        let load = PolicySource(root: root, strict: true).load()
        #expect(load.isCurrent(below: root))
        try waitForNextTimestamp()
        try change()
        return !load.isCurrent(below: root)
    }

    @Test func everyChangeIsSeen() throws {
        #expect(try change { try tree.file("\(etc)/a.toml", policyText("b")) })
        #expect(try change { try tree.file("srv/c", policyText("cc")) })
        #expect(try change { try tree.file("\(etc)/e.toml", policyText("e")) })
        #expect(try change { try tree.file("\(etc)/b.toml", "") })
        #expect(try change { unlink("\(tree.path)/\(etc)/d.toml") })
        #expect(try change { chmod("\(tree.path)/srv/c", 0o600) })
        #expect(try change { try tree.folder("run/vfio-rebind/policy.d") })
        #expect(try change { chmod("\(tree.path)/\(etc)", 0o775) })
        #expect(try !change { try tree.file("other/x.toml", "") })
    }

    @Test func namedPathsAreWatched() throws {
        let root = try tree.root()
        let load = PolicySource(root: root, paths: ["/srv/c", "/srv/new", "/srv"], strict: true).load()
        #expect(load.isCurrent(below: root))
        try tree.file("srv/new", policyText("new"))
        #expect(!load.isCurrent(below: root))
    }
}
