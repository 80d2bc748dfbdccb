import Glibc
import HostFiles
import SystemPackage

/// What writes to the kernel. It belongs to this target, so nothing outside of Engine can call it; below a read-only root it is passed over.
extension Root {
    /// Stores one text in a kernel attribute: one open, one write(2), the errno as it comes.
    ///
    /// sysfs takes each write as a whole store (Documentation/filesystems/sysfs.rst), so a short count is an error (`ioError`) and
    /// never continued. The file is never created; a link in its place is refused (`tooManySymbolicLinkLevels`).
    func store(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        if isReadOnly { return }
        let file = try open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NOCTTY)
        let count = bytes.withUnsafeBytes { Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
        if count < 0 { throw Errno.last }
        if count != bytes.count { throw .ioError }
    }

    /// Sets owner, group and mode of a device node; `.max` and nil leave what is. A link is not followed (`tooManySymbolicLinkLevels`).
    func setAccess(_ path: String, owner: UInt32, group: UInt32, mode: UInt32?) throws(Errno) {
        if isReadOnly { return }
        let (folder, name) = Root.split(path)
        let parent = try open(folder, O_RDONLY | O_DIRECTORY)
        var status = stat()
        guard fstatat(parent.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw Errno.last }
        guard status.st_mode & S_IFMT != S_IFLNK else { throw .tooManySymbolicLinkLevels }
        guard fchownat(parent.descriptor, name, owner, group, AT_SYMLINK_NOFOLLOW) == 0 else { throw Errno.last }
        guard let mode, status.st_mode & 0o777 != mode else { return }
        guard fchmodat(parent.descriptor, name, mode, 0) == 0 else { throw Errno.last }
    }
}
