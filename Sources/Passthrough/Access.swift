/// Who may open the VFIO nodes of a function: `/dev/vfio/N` and `/dev/vfio/devices/vfioX`.
package struct Access: Hashable, Sendable {
    /// Names or numbers; nil leaves what is.
    package var user: String?
    package var group: String?
    /// At most 0777; nil leaves what is.
    package var mode: UInt32?

    package init(user: String? = nil, group: String? = nil, mode: UInt32? = nil) {
        self.user = user
        self.group = group
        self.mode = mode
    }
}
