/// The names of vendor and device; nil where the hardware database does not know them.
package struct CardNames: Hashable, Sendable {
    package var vendor: String?
    package var device: String?

    package init(vendor: String?, device: String?) {
        self.vendor = vendor
        self.device = device
    }
}
