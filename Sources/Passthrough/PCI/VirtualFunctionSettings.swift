/// What the host has set for a virtual function: its administrative MAC address and VLAN, which the PF's driver keeps for it
/// (IFLA_VF_MAC and IFLA_VF_VLAN, include/uapi/linux/if_link.h).
package struct VirtualFunctionSettings: Hashable, Sendable, CustomStringConvertible {
    /// Six bytes; all zero where the host has set none.
    package let macAddress: [UInt8]
    /// 0 for none.
    package let vlan: UInt16
    /// The priority of IEEE 802.1p, 0 to 7.
    package let priority: UInt8

    package init?(macAddress: [UInt8], vlan: UInt16, priority: UInt8) {
        guard macAddress.count == 6, vlan < 4096, priority < 8 else { return nil }
        self.macAddress = macAddress
        self.vlan = vlan
        self.priority = priority
    }

    /// Reads what `description` writes.
    package init?(_ text: String) {
        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, let vlan = UInt16(String(words[1]) ?? ""), let priority = UInt8(String(words[2]) ?? "")
        else { return nil }
        let bytes = words[0].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).compactMap {
            Hexadecimal.parse($0, digits: 2...2).map { UInt8($0) }
        }
        guard words[0].count == 17 else { return nil }
        self.init(macAddress: bytes, vlan: vlan, priority: priority)
    }

    /// `02:00:00:00:00:01 5 0`: address, VLAN, priority.
    package var description: String {
        let bytes = macAddress.map { Hexadecimal.text(UInt64($0), digits: 2) }
        return "\(bytes.joined(separator: ":")) \(vlan) \(priority)"
    }
}
