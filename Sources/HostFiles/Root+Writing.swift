import Glibc
package import SystemPackage

/// Every write but those to the kernel. Where the root is read-only each is passed over and succeeds.
extension Root {
    /// Replaces a file of ours at once: written aside, synced, renamed. A reader sees the old content or the new one.
    ///
    /// The mode holds whatever the umask is: the service's is strict, and its files are there to be read. The directory must be there.
    /// Throws `noSpace`, `readOnlyFileSystem` and the like; then the old content stays.
    package func replace(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(Errno) {
        if isReadOnly { return }
        let (folder, name) = Root.split(path)
        let parent = try open(folder, O_RDONLY | O_DIRECTORY)
        let aside = ".\(name).\(getpid())"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        var descriptor = openat(parent.descriptor, aside, flags, mode)
        // Left by a process of our number that was killed: whatever it is, it is not written into.
        if descriptor < 0, errno == EEXIST, unlinkat(parent.descriptor, aside, 0) == 0 {
            descriptor = openat(parent.descriptor, aside, flags, mode)
        }
        guard descriptor >= 0 else { throw Errno.last }
        let written = fchmod(descriptor, mode) == 0 ? Root.writeAll(descriptor, bytes) : Errno.last
        close(descriptor)
        if let written {
            unlinkat(parent.descriptor, aside, 0)
            throw written
        }
        guard renameat(parent.descriptor, aside, parent.descriptor, name) == 0 else {
            let error = Errno.last
            unlinkat(parent.descriptor, aside, 0)
            throw error
        }
        _ = fsync(parent.descriptor)
    }

    /// Adds to the end of a file of ours in one write; throws `noSuchFileOrDirectory` where it is not there.
    package func append(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        let file = try open(path, O_WRONLY | O_APPEND | O_NOFOLLOW)
        guard bytes.withUnsafeBytes({ Glibc.write(file.descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw Errno.last
        }
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Errno? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return Errno.last
            }
            rest = rest.dropFirst(count)
        }
        return fsync(descriptor) == 0 ? nil : Errno.last
    }

    /// Removes a file of ours; one that is not there is no error.
    package func remove(_ path: String) throws(Errno) {
        if isReadOnly { return }
        let (folder, name) = Root.split(path)
        guard exists(folder) else { return }
        let parent = try open(folder, O_RDONLY | O_DIRECTORY)
        guard unlinkat(parent.descriptor, name, 0) == 0 || errno == ENOENT else { throw Errno.last }
    }

    /// Removes a directory of ours with all that is below it; links are removed, not followed.
    package func removeTree(_ path: String) throws(Errno) {
        if isReadOnly { return }
        let folder = try folder(path)
        for entry in try folder.entries() {
            if entry.isFolder { try removeTree("\(path)/\(entry.name)") } else { try remove("\(path)/\(entry.name)") }
        }
        let (above, name) = Root.split(path)
        let parent = try open(above, O_RDONLY | O_DIRECTORY)
        guard unlinkat(parent.descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw Errno.last }
    }

    /// Makes a directory and those above it, mode 0755 whatever the umask is.
    package func makeFolder(_ path: String) throws(Errno) {
        if isReadOnly || exists(path) { return }
        let (folder, name) = Root.split(path)
        try makeFolder(folder)
        let parent = try open(folder, O_RDONLY | O_DIRECTORY)
        if mkdirat(parent.descriptor, name, 0o755) != 0 {
            guard errno == EEXIST else { throw Errno.last }
        } else if fchmodat(parent.descriptor, name, 0o755, 0) != 0 {
            throw Errno.last
        }
    }

    /// The directory of a path and the name in it.
    package static func split(_ path: String) -> (folder: String, name: String) {
        let bytes = path.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[bytes.index(after: slash)...]))
    }
}
