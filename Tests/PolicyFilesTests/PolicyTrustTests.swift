import Glibc
import HostFiles
import Testing

@testable import PolicyFiles

@Suite struct PolicyTrustTests {
    private let tree: TemporaryTree
    private let etc = "etc/vfio-rebind/policy.d"

    init() throws {
        tree = try TemporaryTree()
        try tree.file("\(etc)/a.toml", policyText("a"))
    }

    private func load(strict: Bool, owners: [UInt32]? = nil, paths: [String] = []) throws -> PolicyLoad {
        let root = try tree.root()
        let trust = owners.map { PolicyTrust(strict: strict, owners: $0) } ?? PolicyTrust(strict: strict, root: root)
        return PolicySource(root: root, paths: paths, trust: trust).load()
    }

    @Test func aSoundTreeIsTrusted() throws {
        for strict in [true, false] {
            let load = try load(strict: strict)
            #expect(load.messages == [] && load.warnings.isEmpty && load.names == ["a"])
        }
    }

    @Test(arguments: [0o664, 0o620] as [UInt32])
    func aFileThatTheGroupWritesIsRefusedByWriters(_ mode: UInt32) throws {
        try tree.file("\(etc)/b.toml", "", mode: mode)
        let strict = try load(strict: true)
        #expect(strict.names == ["a"] && strict.messages.count == 1 && strict.warnings.isEmpty)
        let reading = try load(strict: false)
        #expect(reading.messages == [] && reading.warnings == strict.errors)
    }

    @Test(arguments: [0o646, 0o666] as [UInt32])
    func aFileThatOthersWriteIsRefusedByAll(_ mode: UInt32) throws {
        try tree.file("\(etc)/b.toml", "[[[", mode: mode)
        for strict in [true, false] {
            let load = try load(strict: strict)
            #expect(load.names == ["a"] && load.warnings.isEmpty)
            let octal = "0" + String(mode, radix: 8)
            #expect(load.messages == ["/\(etc)/b.toml: group or others may write to it (mode \(octal)); chmod go-w"])
            #expect(load.files.last == PolicyFile(path: "/\(etc)/b.toml", state: .refused))
        }
    }

    @Test(arguments: [0o775, 0o757, 0o1777] as [UInt32])
    func aFolderThatOthersWriteIsRefusedByWriters(_ mode: UInt32) throws {
        try tree.folder(etc, mode: mode)
        let strict = try load(strict: true)
        #expect(strict.messages.count == 1 && strict.warnings.isEmpty)
        #expect(strict.messages.first?.hasPrefix("/\(etc): group or others may write to it (mode ") == true)
        let reading = try load(strict: false)
        #expect(reading.messages == [] && reading.names == ["a"])
        #expect(reading.warnings == strict.errors)
        let named = try load(strict: true, paths: ["/\(etc)"])
        #expect(named.errors == strict.errors)
        // A file that is named by itself is judged by itself: its folder is no policy folder.
        #expect(try load(strict: true, paths: ["/\(etc)/a.toml"]).messages == [])
    }

    @Test func anotherOwnerIsRefusedByWriters() throws {
        let stranger = [geteuid() + 1]
        let strict = try load(strict: true, owners: stranger)
        let owned = "owned by user \(geteuid()), must be owned by user \(stranger[0])"
        #expect(strict.messages == ["/\(etc): \(owned)", "/\(etc)/a.toml: \(owned)"])
        #expect(strict.policies.isEmpty)
        let reading = try load(strict: false, owners: stranger)
        #expect(reading.messages == [] && reading.warnings == strict.errors && reading.names == ["a"])
    }

    @Test func theTargetOfALinkIsJudged() throws {
        try tree.file("srv/bad", policyText("bad"), mode: 0o666)
        try tree.link("\(etc)/b.toml", to: "/srv/bad")
        #expect(try load(strict: false).messages.count == 1)
        #expect(try load(strict: false).names == ["a"])
    }

    @Test func aMaskIsJudgedLikeAFile() throws {
        try tree.file("\(etc)/b.toml", "", mode: 0o666)
        try tree.link("\(etc)/c.toml", to: "/dev/null")
        #expect(try load(strict: true).errors.map(\.file) == ["/\(etc)/b.toml"])
    }

    @Test func rootAndBelowARootTheInvokingUserMayOwn() throws {
        let other = try #require(try? WatchedPath("/\(etc)/a.toml", below: tree.root()).status)
        let root = try #require(WatchedPath("/", below: .host).status)
        #expect(root.owner == 0 && other.owner == geteuid())
        #expect(PolicyTrust(strict: true, root: .host).findings(root).isEmpty)
        #expect(PolicyTrust(strict: true, root: .host).findings(other).isEmpty == (geteuid() == 0))
        let below = PolicyTrust(strict: true, root: try tree.root())
        #expect(below.findings(root).isEmpty && below.findings(other).isEmpty)
    }

    /// Modes do not stop root; for root a file whose first page no process has (read(2) gives EIO) stands in.
    @Test func whatCannotBeReadIsAnError() throws {
        if geteuid() == 0 {
            #expect(
                try load(strict: true, paths: ["/\(etc)/a.toml/"]).messages == [
                    "/\(etc)/a.toml/: cannot be read: Not a directory"
                ])
            let load = PolicySource(root: .host, paths: ["/proc/self/mem"], strict: false).load()
            #expect(load.messages.count == 1 && load.policies.isEmpty, "\(load.messages)")
        } else {
            try tree.file("\(etc)/b.toml", policyText("b"), mode: 0o000)
            #expect(try load(strict: true).messages == ["/\(etc)/b.toml: cannot be read: Permission denied"])
            try tree.folder(etc, mode: 0o000)
            #expect(try load(strict: true).messages == ["/\(etc): the folder cannot be read: Permission denied"])
            try tree.folder(etc, mode: 0o755)
        }
    }
}
