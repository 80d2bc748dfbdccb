import Glibc
import HostFiles
import SystemPackage
import Testing

@Suite("Files below a root")
struct RootFileTests {
    private let tree: Scratch

    init() throws { tree = try Scratch() }

    @Test("A file of the limit's size is read, one byte more is not", arguments: [0, 1, 511, 512, 513, 4096, 65536])
    func sizes(_ size: Int) throws {
        let text = String(repeating: "x", count: size)
        try tree.file("/file", text)
        #expect(try tree.root.read("/file", limit: size).count == size)
        #expect(tree.root.attribute("/file") == text)
        let folder = try tree.root.folder("/")
        #expect(folder.attribute("file") == text)
        try tree.file("/file", text + "x")
        #expect(throws: Errno.fileTooLarge) { try tree.root.read("/file", limit: size) }
    }

    @Test("An attribute has no more than 64 KiB, and is UTF-8")
    func attributes() throws {
        try tree.file("/long", String(repeating: "x", count: Folder.attributeLimit + 1))
        #expect(tree.root.attribute("/long") == nil)
        try tree.root.replace("/bytes", [0xff, 0xfe])
        #expect(tree.root.attribute("/bytes") == nil)
        try tree.file("/line", "one\n\n")
        #expect(tree.root.attribute("/line") == "one\n")
    }

    @Test("A file without an end is given up at the limit")
    func endless() throws {
        let zero = try Root.host.open("/dev/zero", O_RDONLY)
        var error: Errno?
        do throws(Errno) { _ = try zero.read(limit: 100_000) } catch let failure { error = failure }
        #expect(error == .fileTooLarge)
    }

    @Test("A FIFO without a writer is refused and keeps nobody waiting")
    func fifo() throws {
        #expect(mkfifo(tree.path + "/fifo", 0o644) == 0)
        #expect(throws: Errno.invalidArgument) { try tree.root.read("/fifo", limit: 64) }
        #expect(tree.root.attribute("/fifo") == nil)
    }

    @Test("A directory is no file, and a file no directory")
    func kinds() throws {
        try tree.file("/directory/file", "text")
        #expect(throws: Errno.isDirectory) { try tree.root.read("/directory", limit: 64) }
        #expect(throws: Errno.notDirectory) { try tree.root.names(in: "/directory/file") }
        #expect(throws: Errno.notDirectory) { try tree.root.read("/directory/file/more", limit: 64) }
        #expect(throws: Errno.notDirectory) { try Root(tree.path + "/directory/file") }
        #expect(throws: Errno.noSuchFileOrDirectory) { try Root(tree.path + "/missing") }
    }

    @Test("However / is written, it is the host", arguments: ["/", "/..", "//", "/proc/self/root"])
    func host(_ path: String) throws {
        #expect(try Root(path).isHost)
        #expect(!tree.root.isHost)
    }

    @Test("A file is replaced as a whole, with its mode, and nothing is left beside it")
    func replacing() throws {
        try tree.root.makeFolder("/one/two")
        try tree.root.replace("/one/two/file", Array("old".utf8))
        // What a process of the same number left behind.
        try tree.file("/one/two/.file.\(getpid())", "rest")
        try tree.root.replace("/one/two/file", Array("new".utf8), mode: 0o640)
        #expect(tree.text("/one/two/file") == "new")
        #expect(try tree.root.names(in: "/one/two") == ["file"])
        #expect(try tree.root.status("/one/two/file").mode & 0o777 == 0o640)
        #expect(try tree.root.status("/one").mode & 0o777 == 0o755)
        #expect(throws: Errno.noSuchFileOrDirectory) { try tree.root.replace("/missing/file", []) }
        #expect(throws: Errno.isDirectory) { try tree.root.replace("/one/two", []) }
        #expect(try tree.root.names(in: "/one") == ["two"])
    }

    @Test("Removing what does not exist is no error, removing a directory as a file is one")
    func removing() throws {
        try tree.file("/directory/below/file", "text")
        try tree.root.remove("/directory/missing")
        try tree.root.remove("/missing/missing")
        #expect(throws: Errno.isDirectory) { try tree.root.remove("/directory") }
        try tree.root.removeTree("/directory")
        #expect(try tree.root.names(in: "/") == [])
    }

    @Test("Every name of a large directory is listed once")
    func names() throws {
        let wanted = (0..<2000).map { "a-name-of-some-length-\($0)" }
        try tree.root.makeFolder("/large")
        for name in wanted {
            let file = try tree.root.open("/large/\(name)", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
            #expect(try file.status().isRegular)
        }
        #expect(try tree.root.names(in: "/large") == wanted.sorted())
        #expect(tree.root.list("/large").count == 2000 && tree.root.list("/missing") == [])
    }

    @Test("Accounts are found by name and by number, and lines of any form are read")
    func accounts() throws {
        let accounts = AccountReader(root: tree.root)
        #expect(accounts.user("root") == .unreadable && accounts.user("7") == .number(7))
        try tree.file("/etc/passwd", "short:x\nbad:x:number:1\nqemu:x:64055:1::/:/bin/sh\n")
        #expect(accounts.user("qemu") == .number(64055))
        #expect([accounts.user("bad"), accounts.user("short"), accounts.user("qe")] == [.missing, .missing, .missing])
        #expect(accounts.user("4294967295") == .missing && accounts.user("") == .missing)
        #expect(accounts.group("kvm") == .unreadable)
    }
}
