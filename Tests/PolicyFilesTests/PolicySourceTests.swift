import HostFiles
import Passthrough
import Testing

@testable import PolicyFiles

@Suite struct PolicySourceTests {
    private let tree: TemporaryTree
    private let etc = "etc/vfio-rebind/policy.d"
    private let run = "run/vfio-rebind/policy.d"
    private let usr = "usr/lib/vfio-rebind/policy.d"

    init() throws { tree = try TemporaryTree() }

    private func load(_ paths: [String] = []) throws -> PolicyLoad {
        PolicySource(root: try tree.root(), paths: paths, strict: true).load()
    }

    @Test func filesAreReadInTheOrderOfTheirNamesOverAllFolders() throws {
        try tree.file("\(etc)/50-e.toml", policyText("etc50"))
        try tree.file("\(run)/10-r.toml", policyText("run10"))
        try tree.file("\(usr)/30-u.toml", policyText("usr30"))
        try tree.file("\(usr)/9-u.toml", policyText("usr9"))
        try tree.file("\(usr)/Z.toml", policyText("Z"))
        let load = try load()
        #expect(load.messages == [] && load.warnings.isEmpty)
        #expect(load.names == ["run10", "usr30", "etc50", "usr9", "Z"])
        #expect(load.policies.map(\.file).first == "/\(run)/10-r.toml")
    }

    @Test func aFileHidesThoseOfItsNameBelow() throws {
        for (folder, name) in [(etc, "etc"), (run, "run"), (usr, "usr")] {
            try tree.file("\(folder)/a.toml", policyText(name))
            if folder != etc { try tree.file("\(folder)/b.toml", policyText("\(name)-b")) }
        }
        let load = try load()
        #expect(load.messages == [])
        #expect(load.names == ["etc", "run-b"])
        let hidden = load.files.filter { $0.state == .hidden(by: "/\(etc)/a.toml") }.map(\.path)
        #expect(hidden == ["/\(run)/a.toml", "/\(usr)/a.toml"])
        #expect(load.files.contains(PolicyFile(path: "/\(usr)/b.toml", state: .hidden(by: "/\(run)/b.toml"))))
    }

    @Test func emptyFilesAndLinksToNullMask() throws {
        for name in ["a", "b", "c", "d"] { try tree.file("\(usr)/\(name).toml", policyText(name)) }
        try tree.file("\(etc)/a.toml", "")
        try tree.link("\(run)/b.toml", to: "/dev/null")
        try tree.file("\(run)/target", "")
        try tree.link("\(run)/c.toml", to: "target")
        let load = try load()
        #expect(load.messages == [])
        #expect(load.names == ["d"])
        #expect(
            load.files.filter { $0.state == .mask }.map(\.path) == [
                "/\(etc)/a.toml", "/\(run)/b.toml", "/\(run)/c.toml",
            ])
    }

    @Test func onlyTheTextOfALinkMakesItAMask() throws {
        try tree.file("dev/null", policyText("not-null"))
        try tree.link("\(etc)/a.toml", to: "/dev/null")
        try tree.link("\(etc)/b.toml", to: "../../../dev/null")
        #expect(try load().names == ["not-null"])
    }

    @Test func otherNamesAreNotRead() throws {
        for name in [".a.toml", ".toml", "a.toml~", "a.toml.bak", "a.conf", "a", "a.TOML", "atoml"] {
            try tree.file("\(etc)/\(name)", "[[[")
        }
        let load = try load()
        #expect(load.messages == [] && load.policies.isEmpty && load.files.isEmpty)
    }

    @Test func noFolderAtAllIsNoError() throws {
        let load = try load()
        #expect(load.messages == [] && load.policies.isEmpty)
        #expect(load.watched.map(\.path) == PolicySource.folders)
    }

    @Test func linksAreFollowedBelowTheRoot() throws {
        try tree.file("srv/real", policyText("linked"))
        try tree.link("\(etc)/a.toml", to: "/srv/real")
        try tree.link("\(etc)/b.toml", to: "/etc/passwd")
        try tree.link("\(etc)/c.toml", to: "c.toml")
        let load = try load()
        #expect(load.names == ["linked"])
        #expect(
            load.messages == [
                "/\(etc)/b.toml: is a link to a file that is not there",
                "/\(etc)/c.toml: cannot be read: Too many levels of symbolic links",
            ])
    }

    @Test func pathsOfTheUserKeepTheirOrder() throws {
        try tree.file("p/z.conf", policyText("z"))
        try tree.file("d/b.toml", policyText("b"))
        try tree.file("d/a.toml", policyText("a"))
        try tree.file("d/no.conf", "[")
        try tree.file("\(etc)/x.toml", policyText("never"))
        #expect(try load(["/p/z.conf", "/d"]).names == ["z", "a", "b"])
        #expect(try load(["/d/", "p/z.conf"]).names == ["a", "b", "z"])
        #expect(try load(["/d/b.toml", "/d/a.toml"]).messages == [])
        #expect(try load(["/d"]).policies.map(\.file) == ["/d/a.toml", "/d/b.toml"])
    }

    @Test func aNamedPathThatIsNotThereIsAnError() throws {
        try tree.file("d/b.toml", policyText("b"))
        let load = try load(["/d", "/none.toml", "/none/x.toml", "", "/d/b.toml/x"])
        #expect(load.messages.count == 4)
        #expect(load.messages[0] == "/none.toml: is not there" && load.messages[1] == "/none/x.toml: is not there")
    }

    @Test func namesAreUniqueOverAllFiles() throws {
        try tree.file("\(etc)/a.toml", policyText("one") + policyText("one"))
        try tree.file("\(etc)/b.toml", policyText("two") + policyText("one", "timeout = 0"))
        let load = try load()
        let taken = "the name is taken by the policy at /\(etc)/a.toml:1; names are unique over all files"
        #expect(
            load.messages == [
                "/\(etc)/a.toml:5: policy one: name: \(taken)",
                "/\(etc)/b.toml:8: policy one: timeout: 0: must be seconds from 1 to 3600",
                "/\(etc)/b.toml:5: policy one: name: \(taken)",
            ])
    }

    @Test func anErrorInOneFileHidesNoneOfAnother() throws {
        try tree.file("\(etc)/a.toml", "[[[")
        try tree.file("\(run)/b.toml", policyText("b", "timeout = 0"))
        try tree.file("\(usr)/c.toml", bytes: [0xff])
        try tree.file("\(usr)/d.toml", policyText("d"))
        let load = try load()
        #expect(load.errors.map(\.file) == ["/\(etc)/a.toml", "/\(run)/b.toml", "/\(usr)/c.toml"])
        #expect(load.names == ["d"])
    }

    @Test func whatIsNoFileIsAnErrorAndNoHang() throws {
        try tree.fifo("\(etc)/a.toml")
        try tree.folder("\(etc)/b.toml")
        try tree.link("\(etc)/c.toml", to: "a.toml")
        for paths in [[], ["/\(etc)/a.toml", "/\(etc)"]] {
            let load = try load(paths)
            let regular = "is no regular file; only an empty file or a link whose text is /dev/null masks"
            let fifo = "/\(etc)/a.toml: \(regular)"
            let expected = [
                fifo, "/\(etc)/b.toml: is a folder; a policy file must be a regular file", "/\(etc)/c.toml: \(regular)",
            ]
            #expect(load.messages == (paths.isEmpty ? [] : [fifo]) + expected)
        }
        #expect(PolicySource(root: .host, paths: ["/dev/zero"], strict: true).load().messages.count == 1)
    }

    @Test func aFolderThatIsNoneIsAnError() throws {
        try tree.fifo(etc)
        try tree.file("run/vfio-rebind", "")
        let messages = try load().messages
        let none = "the folder cannot be read: Not a directory"
        #expect(messages == ["/\(etc): \(none)", "/\(run): \(none)"])
    }

    @Test func sizeHasALimit() throws {
        let comment = [UInt8](repeating: UInt8(ascii: "#"), count: PolicySource.sizeLimit)
        try tree.file("\(etc)/a.toml", bytes: comment)
        try tree.file("\(etc)/b.toml", bytes: comment + [0x23])
        try tree.file("\(etc)/c.toml", bytes: [UInt8](repeating: 0x23, count: 10_000_000))
        let messages = try load().messages
        let large = "is larger than 1,048,576 bytes, the limit of a policy file"
        #expect(messages == ["/\(etc)/b.toml: \(large)", "/\(etc)/c.toml: \(large)"])
    }
}
