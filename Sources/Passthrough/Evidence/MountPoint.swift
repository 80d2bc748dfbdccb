/// Where a file system is mounted.
package struct MountPoint: Hashable, Comparable, Sendable {
    package let path: String
    /// Whether it is the place of a system's own file system in the mount namespace of a container.
    package let isForeign: Bool

    private static let systemPaths: Set<String> = ["/", "/boot", "/boot/efi", "/efi", "/usr"]

    /// `isOwn` tells whether it is in the mount namespace of the host.
    package init(_ path: String, isOwn: Bool = true) {
        self.path = path
        isForeign = !isOwn && MountPoint.systemPaths.contains(path)
    }

    /// Whether the running system is on what is mounted there.
    package var isSystem: Bool { !isForeign && MountPoint.systemPaths.contains(path) }

    package static func < (one: MountPoint, other: MountPoint) -> Bool {
        (one.path, one.isForeign ? 1 : 0) < (other.path, other.isForeign ? 1 : 0)
    }
}
