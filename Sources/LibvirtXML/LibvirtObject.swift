package import Passthrough

/// A domain or network of libvirt, as far as it concerns PCI functions (formatdomain, formatnetwork).
package struct LibvirtObject: Hashable, Sendable {
    package var kind: LibvirtKind
    package var name: String
    /// Functions that libvirt binds and returns by itself: `managed='yes'`.
    package var managed: Set<PCIAddress> = []
    /// Interfaces of physical functions (`<pf dev=…>`) whose virtual functions are a pool that libvirt manages.
    package var pools: Set<String> = []

    package init(kind: LibvirtKind, name: String) {
        self.kind = kind
        self.name = name
    }
}
