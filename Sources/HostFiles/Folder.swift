import CLinux
import Glibc
package import SystemPackage

/// An open directory, from which names of one component are read: one function's directory in sysfs above all.
package struct Folder: ~Copyable {
    /// The path as seen without `--root`.
    package let path: String
    private let file: OpenFile

    /// Bytes of a sysfs attribute at most: one page (Documentation/filesystems/sysfs.rst), 64 KiB on some machines.
    package static let attributeLimit = 65536

    init(file: consuming OpenFile, path: String) {
        self.file = file
        self.path = path
    }

    /// What fstat(2) says of the directory itself.
    package borrowing func status() throws(Errno) -> FileStatus { try file.status() }

    /// The names below it, unsorted, without `.` and `..`.
    package borrowing func names() throws(Errno) -> [String] { try entries().map(\.name) }

    /// A name in a directory.
    package struct Entry: Sendable {
        package let name: String
        /// Whether it is a directory, and no link to one; false where the file system does not tell.
        package let isFolder: Bool
    }

    /// The names below it with what they stand for, unsorted, without `.` and `..`.
    package borrowing func entries() throws(Errno) -> [Entry] {
        var entries: [Entry] = []
        try read { name, _, type in
            entries.append(Entry(name: String(decoding: name, as: UTF8.self), isFolder: type == UInt8(DT_DIR)))
        }
        return entries
    }

    /// Calls `body` with the bytes of each name but `.` and `..`, its inode number and its type (getdents64(2)).
    package borrowing func read(_ body: (_ name: UnsafeRawBufferPointer, _ inode: UInt64, _ type: UInt8) -> Void)
        throws(Errno)
    {
        guard lseek(file.descriptor, 0, SEEK_SET) == 0 else { throw Errno.last }
        let descriptor = file.descriptor
        let failure: Errno? = withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { buffer in
            while true {
                let count = Int(linux_read_folder(descriptor, buffer.baseAddress, UInt64(buffer.count)))
                guard count >= 0 else { return Errno.last }
                guard count > 0 else { return nil }
                Folder.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), body)
            }
        }
        if let failure { throw failure }
    }

    /// `struct linux_dirent64`: eight bytes each of inode and position, two of length, one of type, then the name and its NUL.
    private static func take(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, UInt64, UInt8) -> Void
    ) {
        var start = 0
        while start + 19 < bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt16.self))
            guard length > 19, start + length <= bytes.count else { return }
            var end = start + 19
            while end < start + length, bytes[end] != 0 { end += 1 }
            let name = UnsafeRawBufferPointer(rebasing: bytes[(start + 19)..<end])
            let isDots = name.count < 3 && name.allSatisfy { $0 == UInt8(ascii: ".") }
            if !isDots { body(name, bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self), bytes[start + 18]) }
            start += length
        }
    }

    /// A directory in it; a link to one is none (`notDirectory`).
    package borrowing func folder(_ name: String) throws(Errno) -> Folder {
        let descriptor = openat(file.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        return Folder(file: OpenFile(descriptor), path: "\(path)/\(name)")
    }

    /// The content of an attribute, a trailing newline removed; nil if it is not there, cannot be read, or is not UTF-8.
    package borrowing func attribute(_ name: String) -> String? { Folder.attribute(at: file.descriptor, name) }

    static func attribute(at folder: Int32, _ name: String) -> String? {
        // Nearly every attribute fits into one small read, whose end is the end of the attribute.
        guard let bytes = prefix(at: folder, name, 512) else { return nil }
        if bytes.count < 512 { return line(bytes) }
        guard let bytes = try? self.bytes(at: folder, name, limit: attributeLimit) else { return nil }
        return line(bytes)
    }

    /// At most `limit` bytes from the start of a regular file; links are not followed.
    package borrowing func prefix(_ name: String, _ limit: Int) -> [UInt8]? {
        Folder.prefix(at: file.descriptor, name, limit)
    }

    private static func prefix(at folder: Int32, _ name: String, _ limit: Int) -> [UInt8]? {
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let got = Glibc.read(descriptor, buffer.baseAddress, limit)
            failed = got < 0
            count = max(got, 0)
        }
        return failed ? nil : bytes
    }

    /// The last component of a link's text: the driver's name of `driver`, the number of `iommu_group`.
    package borrowing func linkName(_ name: String) -> String? {
        try? OpenFile.linkBytes(file.descriptor, name, OpenFile.lastComponent)
    }

    /// The bytes of a regular file; links are not followed.
    package borrowing func bytes(_ name: String, limit: Int) throws(Errno) -> [UInt8] {
        try Folder.bytes(at: file.descriptor, name, limit: limit)
    }

    private static func bytes(at folder: Int32, _ name: String, limit: Int) throws(Errno) -> [UInt8] {
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        return try OpenFile(descriptor).readRegular(limit: limit)
    }

    static func line(_ bytes: [UInt8]) -> String? {
        var bytes = bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(validating: bytes, as: UTF8.self)
    }
}
