import Glibc
import HostFiles
import SystemPackage

/// An empty directory as a root; removed with all that it contains when it goes.
final class Scratch {
    let path: String
    let root: Root

    init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/vfio-rebind-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno.last }
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        root = try Root(path)
    }

    deinit { try? Root.host.removeTree(path) }

    func file(_ name: String, _ text: String) throws {
        try Root.host.makeFolder(path + "/" + name.split(separator: "/").dropLast().joined(separator: "/"))
        try Root.host.replace(path + name, Array(text.utf8))
    }

    func link(_ name: String, to text: String) throws {
        guard symlink(text, path + name) == 0 else { throw Errno.last }
    }

    /// The text of a file; nil where there is none.
    func text(_ name: String) -> String? {
        (try? Root.host.read(path + name, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }
}
