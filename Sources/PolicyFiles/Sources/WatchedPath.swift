package import HostFiles

/// A file or folder that policies came from, as it was then.
package struct WatchedPath: Hashable, Sendable {
    /// As seen without `--root`.
    package let path: String
    /// Whether links were followed to get the status.
    package let followsLink: Bool
    /// nil where nothing was there, or nothing could be seen.
    package let status: FileStatus?

    package init(_ path: String, followsLink: Bool = true, below root: Root) {
        self.path = path
        self.followsLink = followsLink
        status = try? root.status(path, followingLink: followsLink)
    }

    init(_ path: String, status: FileStatus) {
        self.path = path
        followsLink = true
        self.status = status
    }

    /// Whether it is still the same, by device, inode, mode, owner, size and time of change.
    package func isCurrent(below root: Root) -> Bool {
        WatchedPath(path, followsLink: followsLink, below: root) == self
    }
}
