package import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// An open folder, from which names of one component are read: one function's folder in sysfs above all.
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

    /// The names below it, unsorted, without `.` and `..`.
    package borrowing func names() throws(Errno) -> [String] {
        // A descriptor of its own: closedir closes what fdopendir was given, and the position is shared by dup.
        let copy = openat(file.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw Errno.last }
        guard let stream = fdopendir(copy) else {
            let error = Errno.last
            close(copy)
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        if errno != 0 { throw Errno.last }
        return names
    }

    /// The content of an attribute, a trailing newline removed; nil if it is not there, cannot be read, or is not UTF-8.
    package borrowing func attribute(_ name: String) -> String? {
        // Nearly every attribute fits into one small read, whose end is the end of the attribute.
        guard let bytes = prefix(name, 512) else { return nil }
        if bytes.count < 512 { return Folder.line(bytes) }
        guard let bytes = try? self.bytes(name, limit: Folder.attributeLimit) else { return nil }
        return Folder.line(bytes)
    }

    /// At most `limit` bytes from the start of a regular file; links are not followed.
    package borrowing func prefix(_ name: String, _ limit: Int) -> [UInt8]? {
        let descriptor = openat(file.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
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
        guard let text = try? file.linkText(at: name) else { return nil }
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return text }
        return String(text[text.utf8.index(after: slash)...])
    }

    /// The text of a link below it.
    package borrowing func linkText(_ name: String) throws(Errno) -> String { try file.linkText(at: name) }

    /// The bytes of a regular file; links are not followed.
    package borrowing func bytes(_ name: String, limit: Int) throws(Errno) -> [UInt8] {
        let descriptor = openat(file.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno.last }
        return try OpenFile(descriptor).readRegular(limit: limit)
    }

    /// The inode number of the folder: sysfs gives each object a new one (seen in the lab: a function that is unplugged and
    /// plugged again at the same address has another).
    package borrowing func inode() throws(Errno) -> UInt64 { try file.status().inode }

    static func line(_ bytes: [UInt8]) -> String? {
        var bytes = bytes[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(validating: bytes, as: UTF8.self)
    }
}
