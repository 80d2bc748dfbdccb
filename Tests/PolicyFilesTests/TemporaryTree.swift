import Glibc
import HostFiles
import SystemPackage

/// A made-up root with files of a test's own; removed when it goes.
///
/// Everything in it is made with the modes that are named here, whatever the umask.
final class TemporaryTree {
    let path: String
    private var made: [(path: String, isFolder: Bool)] = []

    init() throws {
        var template = Array("/tmp/vfio-rebind-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno.last }
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    deinit {
        for item in made.reversed() {
            if item.isFolder { rmdir(item.path) } else { unlink(item.path) }
        }
        rmdir(path)
    }

    func root() throws -> Root { try Root(path) }

    /// Makes a folder and those above it.
    func folder(_ name: String, mode: UInt32 = 0o755) throws {
        let parent = name.split(separator: "/").dropLast().joined(separator: "/")
        if !parent.isEmpty, access("\(path)/\(parent)", F_OK) != 0 { try folder(parent) }
        if access(path + "/" + name, F_OK) != 0 {
            guard mkdir("\(path)/\(name)", 0o755) == 0 else { throw Errno.last }
            made.append(("\(path)/\(name)", true))
        }
        chmod("\(path)/\(name)", mode)
    }

    func file(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        try file(name, bytes: Array(text.utf8), mode: mode)
    }

    func file(_ name: String, bytes: [UInt8], mode: UInt32 = 0o644) throws {
        try makeParent(of: name)
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Errno.last }
        defer { close(descriptor) }
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw Errno.last
        }
        fchmod(descriptor, mode)
        made.append(("\(path)/\(name)", false))
    }

    func link(_ name: String, to text: String) throws {
        try makeParent(of: name)
        guard symlink(text, "\(path)/\(name)") == 0 else { throw Errno.last }
        made.append(("\(path)/\(name)", false))
    }

    func fifo(_ name: String) throws {
        try makeParent(of: name)
        guard mkfifo("\(path)/\(name)", 0o644) == 0 else { throw Errno.last }
        made.append(("\(path)/\(name)", false))
    }

    private func makeParent(of name: String) throws {
        try folder(name.split(separator: "/").dropLast().joined(separator: "/"))
    }
}
