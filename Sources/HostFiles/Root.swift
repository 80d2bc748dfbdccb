import CLinux
import Glibc
package import SystemPackage

/// The directory below which every path of the program is taken, as `--root=` of systemd.
///
/// Paths are absolute (`/sys/bus/pci`). With a root other than `/` every link on the way is resolved below it, by openat2(2) with
/// `RESOLVE_IN_ROOT` (Linux 5.6), so that no link of a made-up tree leads out of it. Every function throws the `Errno` of the call.
package struct Root: Sendable {
    /// The directory as the user named it.
    package let path: String
    /// -1 for `/`, where plain calls do. Kept open for the life of the program.
    private let directory: Int32

    /// Whether every write below it is passed over and succeeds: for commands that read, and for dry runs.
    package let isReadOnly: Bool

    /// The machine's own tree.
    package static let host = Root()

    private init(path: String = "/", directory: Int32 = -1, isReadOnly: Bool = false) {
        self.path = path
        self.directory = directory
        self.isReadOnly = isReadOnly
    }

    /// The same tree, in which nothing is written.
    package var readOnly: Root { Root(path: path, directory: directory, isReadOnly: true) }

    /// Opens a directory; `/`, however it is written, is the host.
    ///
    /// Throws `noSuchFileOrDirectory`, `notDirectory`, and whatever else open(2) says.
    package init(_ path: String) throws(Errno) {
        var own = stat()
        var top = stat()
        guard stat(path, &own) == 0 else { throw Errno.last }
        if stat("/", &top) == 0, own.st_dev == top.st_dev, own.st_ino == top.st_ino {
            self.init()
            return
        }
        let descriptor = Glibc.open(path, linux_o_path | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        self.init(path: path, directory: descriptor)
    }

    /// Whether this is the machine's own tree. Elsewhere no program is started, no module loaded, no socket opened.
    package var isHost: Bool { directory < 0 }

    /// The descriptor that a forked worker has to keep open; -1 for the host.
    package var keptDescriptor: Int32 { directory }

    /// Opens `path` with the flags of open(2); `O_CLOEXEC` is added.
    package func open(_ path: String, _ flags: Int32, mode: UInt32 = 0) throws(Errno) -> OpenFile {
        let descriptor = openRaw(path, flags, mode: mode)
        guard descriptor >= 0 else { throw Errno.last }
        return OpenFile(descriptor)
    }

    private func openRaw(_ path: String, _ flags: Int32, mode: UInt32) -> Int32 {
        while true {
            let descriptor =
                isHost
                ? Glibc.open(path, flags | O_CLOEXEC, mode)
                : linux_open_in_root(directory, path, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), UInt64(mode))
            // EAGAIN: a rename raced with the walk (openat2(2)).
            if descriptor >= 0 || (errno != EINTR && !(errno == EAGAIN && !isHost)) { return descriptor }
        }
    }

    /// Opens a directory, to read names below it without walking the whole path each time.
    package func folder(_ path: String) throws(Errno) -> Folder {
        Folder(file: try open(path, O_RDONLY | O_DIRECTORY), path: path)
    }

    /// The whole content of a regular file of at most `limit` bytes.
    ///
    /// Throws `fileTooLarge` beyond it, `isDirectory` for a directory and `invalidArgument` for what is no regular file; never blocks
    /// on a FIFO.
    package func read(_ path: String, limit: Int) throws(Errno) -> [UInt8] {
        let file = try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        return try file.readRegular(limit: limit)
    }

    /// The content of a small kernel attribute, a trailing newline removed; nil if it cannot be read or is not UTF-8.
    package func attribute(_ path: String) -> String? {
        // sysfs gives an attribute whole in one read of a page (Documentation/filesystems/sysfs.rst).
        if isHost, path.hasPrefix("/sys/") { return Folder.attribute(at: AT_FDCWD, path) }
        guard let bytes = try? read(path, limit: Folder.attributeLimit) else { return nil }
        return Folder.line(bytes)
    }

    /// Names in a directory, sorted, without `.` and `..`.
    package func names(in path: String) throws(Errno) -> [String] { try folder(path).names().sorted() }

    /// Names in a directory, sorted; none where it cannot be read.
    package func list(_ path: String) -> [String] { (try? names(in: path)) ?? [] }

    /// Whether something is there, links followed.
    package func exists(_ path: String) -> Bool { (try? status(path)) != nil }

    /// What fstat(2) says of the target, or of the link itself with `followingLink: false`.
    package func status(_ path: String, followingLink: Bool = true) throws(Errno) -> FileStatus {
        if isHost {
            var status = stat()
            let failed = followingLink ? stat(path, &status) : lstat(path, &status)
            guard failed == 0 else { throw Errno.last }
            return FileStatus(status)
        }
        let file = try open(path, followingLink ? linux_o_path : linux_o_path | O_NOFOLLOW)
        return try file.status()
    }

    /// What `body` makes of the text of a symbolic link.
    package func linkBytes<Value>(
        _ path: String, _ body: (UnsafeBufferPointer<UInt8>) -> Value
    ) throws(Errno) -> Value {
        if isHost { return try OpenFile.linkBytes(AT_FDCWD, path, body) }
        let file = try open(path, linux_o_path | O_NOFOLLOW)
        return try OpenFile.linkBytes(file.descriptor, "", body)
    }

    /// The last component of a link's text: the driver's name of `driver`; nil where no link is.
    package func linkName(_ path: String) -> String? { try? linkBytes(path, OpenFile.lastComponent) }

    /// The text of a symbolic link.
    package func linkText(_ path: String) throws(Errno) -> String {
        // One call instead of three: a pass over /proc asks for two links of every process.
        if isHost { return try OpenFile.linkText(AT_FDCWD, path) }
        let file = try open(path, linux_o_path | O_NOFOLLOW)
        return try file.linkText(at: "")
    }
}

extension Errno {
    /// The error that the last call of this thread left.
    package static var last: Errno { Errno(rawValue: errno) }

    /// The symbol, `EEXIST`; `E` and the number for one without a name.
    package var symbol: String { linux_errno_name(rawValue).map { String(cString: $0) } ?? "E\(rawValue)" }
}
