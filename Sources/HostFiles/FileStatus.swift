import Glibc

/// The part of stat(2) that is looked at.
package struct FileStatus: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    package let mode: UInt32
    package let owner: UInt32
    package let size: Int
    /// Device number of a device node, else 0.
    package let node: UInt64
    /// Time of the last change of content, nanoseconds since 1970.
    package let modified: Int64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        mode = status.st_mode
        owner = status.st_uid
        size = Int(status.st_size)
        node = UInt64(status.st_rdev)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    }

    package var isRegular: Bool { mode & S_IFMT == S_IFREG }
    package var isFolder: Bool { mode & S_IFMT == S_IFDIR }
    package var isLink: Bool { mode & S_IFMT == S_IFLNK }
    package var isBlockDevice: Bool { mode & S_IFMT == S_IFBLK }
    /// Whether the group or others may write to it.
    package var isWritableByOthers: Bool { mode & 0o022 != 0 }
}
