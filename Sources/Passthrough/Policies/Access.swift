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

extension Access: CustomStringConvertible {
    /// `mode 0660, group kvm`.
    package var description: String {
        let parts = [
            mode.map { "mode 0\(String($0, radix: 8))" }, user.map { "user \($0)" }, group.map { "group \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }
}
