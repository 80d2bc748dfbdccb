/// What the signature of a block device says that it belongs to.
package enum InactiveMember: Hashable, Sendable {
    case physicalVolume
    case array(label: String?)
    case bcache
    /// Another type of libblkid that ends in `_member`.
    case other(String)
}
