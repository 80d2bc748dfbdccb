import Glibc
import HostFiles
import Passthrough
import SystemPackage

/// A made-up root whose files an input fills; removed when it goes.
final class FuzzFolder {
    let root: Root
    private let path: String
    /// The files that were filled last.
    private var filled: Set<String> = []

    /// In `TMPDIR`, or in memory.
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/dev/shm"
        var template = Array("\(parent)/vfio-rebind-fuzz.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno.last }
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        root = try Root(path)
    }

    deinit { FuzzFolder.remove(path) }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in (try? Root(path).names(in: "/")) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }

    func folder(_ name: String) throws { try root.makeFolder(name) }

    func link(_ name: String, to text: String) throws {
        try folder("/" + name.split(separator: "/").dropLast().joined(separator: "/"))
        guard symlink(text, path + name) == 0 else { throw Errno.last }
    }

    func file(_ name: String, _ text: String) throws {
        try folder("/" + name.split(separator: "/").dropLast().joined(separator: "/"))
        try root.replace(name, Array(text.utf8))
        filled.insert(name)
    }

    /// Writes over a file, without the sync that `replace` waits for.
    func fill(_ name: String, _ bytes: [UInt8]) {
        guard let file = try? root.open(name, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644) else { return }
        _ = bytes.withUnsafeBytes { write(file.descriptor, $0.baseAddress, $0.count) }
    }

    /// Fills the files that an input has, and removes those of the last one: a line `== PATH` stands before the content of each.
    func fill(_ names: [String], from bytes: [UInt8]) {
        var contents: [String: [UInt8]] = [:]
        var current: String?
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.starts(with: "== ".utf8) {
                let name = String(decoding: line.dropFirst(3), as: UTF8.self)
                current = names.contains(name) ? name : nil
            } else if let current {
                contents[current, default: []] += line + [UInt8(ascii: "\n")]
            }
        }
        for name in names {
            if let content = contents[name] {
                fill(name, content)
            } else if filled.contains(name) {
                try? root.remove(name)
            }
        }
        filled = Set(contents.keys)
    }
}
