import CLinux
import Glibc

extension Root {
    /// Six numbers that tell one state of a file from another: device, inode, mode, owner, size, time of change.
    package typealias Identity = [UInt64]

    /// That of a file that is not there.
    package static let noIdentity: Identity = [0, 0, 0, 0, 0, 0]

    package static func identity(_ status: FileStatus) -> Identity {
        [
            status.device, status.inode, UInt64(status.mode), UInt64(status.owner), UInt64(status.size),
            UInt64(bitPattern: status.modified),
        ]
    }

    /// The identity of what stands at a path that ends with a NUL byte, made without a String: the index of policies asks for
    /// hundreds of files at each event.
    package func identity(at path: UnsafeRawBufferPointer, followingLink: Bool) -> Identity {
        guard let start = path.assumingMemoryBound(to: CChar.self).baseAddress else { return Root.noIdentity }
        var status = stat()
        let result: Int32
        if isHost {
            result = followingLink ? stat(start, &status) : lstat(start, &status)
        } else {
            let flags = linux_o_path | O_CLOEXEC | (followingLink ? 0 : O_NOFOLLOW)
            let descriptor = linux_open_in_root(keptDescriptor, start, UInt64(UInt32(bitPattern: flags)), 0)
            guard descriptor >= 0 else { return Root.noIdentity }
            result = fstat(descriptor, &status)
            close(descriptor)
        }
        return result == 0 ? Root.identity(FileStatus(status)) : Root.noIdentity
    }
}
