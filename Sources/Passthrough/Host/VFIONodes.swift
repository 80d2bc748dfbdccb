/// `/dev/vfio/N` and `/dev/vfio/devices/vfioX` of one function; nil for one that is not there.
package struct VFIONodes: Hashable, Sendable {
    package var group: String?
    package var device: String?

    package init(group: String? = nil, device: String? = nil) {
        self.group = group
        self.device = device
    }
}
