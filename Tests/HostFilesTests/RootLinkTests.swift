import Glibc
import HostFiles
import SystemPackage
import Testing

/// `--root` promises that no link of a made-up tree leads out of it.
@Suite("Links below a root")
struct RootLinkTests {
    private let outside: Scratch
    private let inside: Scratch

    /// A secret outside of the root, and a file of the same path inside.
    init() throws {
        outside = try Scratch()
        inside = try Scratch()
        try outside.file("/secret", "outside")
        try inside.file(outside.path + "/secret", "inside")
    }

    private func text(_ path: String) throws(Errno) -> String {
        String(decoding: try inside.root.read(path, limit: 64), as: UTF8.self)
    }

    @Test("An absolute link begins at the root")
    func absolute() throws {
        try inside.link("/link", to: outside.path + "/secret")
        #expect(try text("/link") == "inside")
        #expect(inside.root.attribute("/link") == "inside")
    }

    @Test("A link of `..` stops at the root")
    func relative() throws {
        try inside.link("/link", to: String(repeating: "../", count: 40) + outside.path.dropFirst() + "/secret")
        #expect(try text("/link") == "inside")
    }

    @Test("So does a path of `..`")
    func path() throws {
        #expect(try text("/../../../.." + outside.path + "/secret") == "inside")
    }

    @Test("A link to a directory on the way is resolved below the root")
    func directory() throws {
        try inside.link("/way", to: outside.path)
        #expect(try text("/way/secret") == "inside")
        #expect(try inside.root.names(in: "/way") == ["secret"])
        let folder = try inside.root.folder("/way")
        #expect(folder.attribute("secret") == "inside")
        try inside.root.replace("/way/new", Array("new".utf8))
        #expect(outside.text("/new") == nil)
        #expect(inside.text(outside.path + "/new") == "new")
    }

    @Test("A link whose target exists outside alone leads nowhere")
    func dangling() throws {
        try outside.file("/other", "outside")
        try inside.link("/link", to: outside.path + "/other")
        #expect(throws: Errno.noSuchFileOrDirectory) { try text("/link") }
        #expect(!inside.root.exists("/link"))
        #expect(try inside.root.status("/link", followingLink: false).isLink)
        #expect(try inside.root.linkText("/link") == outside.path + "/other")
        #expect(inside.root.linkName("/link") == "other")
    }

    @Test("The magic links of /proc, which know no root, are refused")
    func magic() throws {
        let root = try Root("/proc/self")
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try root.names(in: "/cwd") }
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try root.names(in: "/root/etc") }
        #expect(!root.exists("/exe"))
    }

    @Test("Links in a circle end")
    func circle() throws {
        try inside.link("/one", to: "two")
        try inside.link("/two", to: "/one")
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try text("/one") }
    }

    @Test("Nothing is written or removed through a link in the last place")
    func writing() throws {
        try inside.link("/link", to: outside.path + "/secret")
        try inside.root.replace("/link", Array("new".utf8))
        #expect(try inside.root.status("/link", followingLink: false).isRegular)
        try inside.root.makeFolder("/tree")
        try inside.link("/tree/link", to: outside.path)
        try inside.root.removeTree("/tree")
        #expect(!inside.root.exists("/tree"))
        #expect(inside.text(outside.path + "/secret") == "inside")
        #expect(outside.text("/secret") == "outside")
    }

    @Test("An open directory follows no link")
    func openDirectory() throws {
        try inside.link("/link", to: "/secret")
        try inside.link("/directory", to: outside.path)
        try inside.file("/secret", "inside")
        let folder = try inside.root.folder("/")
        #expect(folder.attribute("link") == nil)
        #expect(folder.prefix("link", 8) == nil)
        #expect(folder.attribute("secret") == "inside")
        #expect(folder.linkName("link") == "secret")
        #expect(folder.linkName("secret") == nil)
        var error: Errno?
        do throws(Errno) { _ = try folder.folder("directory") } catch let failure { error = failure }
        #expect(error == .notDirectory)
    }
}
