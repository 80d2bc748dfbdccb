/// What a network interface is used for.
package enum InterfaceUse: Hashable, Sendable {
    /// Of a routing table by its number (rtnetlink(7)).
    case defaultRoute(table: UInt32, isV6: Bool)
    case address(String)
    /// It belongs to a bridge, a bond or a team.
    case member(of: String)
    /// Another interface (a VLAN, a macvlan) is on top of it.
    case lower(of: String)
    case elsewhere(NamespaceKeeper)
}
