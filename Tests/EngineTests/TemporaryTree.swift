import Glibc
import HostFiles
import SystemPackage

/// A made-up root with files of a test's own; removed, with all that was put below it, when it goes.
final class TemporaryTree {
    let path: String
    let root: Root

    /// In memory where there is such a place: the journal syncs each file.
    init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/vfio-rebind-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno.last }
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        root = try Root(path)
    }

    deinit {
        TemporaryTree.remove(path)
        // A root is kept open for the life of the program; that of a test is not.
        close(root.keptDescriptor)
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in (try? Root.host.names(in: path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }

    func folder(_ name: String) throws { try root.makeFolder(name) }

    func file(_ name: String, _ text: String) throws { try file(name, bytes: Array(text.utf8)) }

    func file(_ name: String, bytes: [UInt8]) throws {
        try makeParent(of: name)
        try root.replace(name, bytes)
    }

    func link(_ name: String, to text: String) throws {
        try makeParent(of: name)
        guard symlink(text, path + name) == 0 else { throw Errno.last }
    }

    func fifo(_ name: String) throws {
        try makeParent(of: name)
        guard mkfifo(path + name, 0o644) == 0 else { throw Errno.last }
    }

    /// The text of a file; nil where there is none.
    func text(_ name: String) -> String? {
        (try? root.read(name, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func makeParent(of name: String) throws {
        try folder("/" + name.split(separator: "/").dropLast().joined(separator: "/"))
    }
}
