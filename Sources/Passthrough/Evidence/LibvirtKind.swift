/// An object of libvirt that functions are assigned to.
package enum LibvirtKind: String, Sendable {
    case domain, network
}
