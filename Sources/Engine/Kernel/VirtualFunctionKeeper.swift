import CVirtualFunctions
import HostFiles
import Passthrough
import SystemPackage

/// Reads and writes the administrative settings of a virtual function through the network interface of its PF, as libvirt does
/// (`virNetDevSaveNetConfig`, `virNetDevRestoreNetConfig`).
///
/// The driver of a VF may have its PF forget them when it lets go. Below another root there is no interface to ask: nothing is done.
struct VirtualFunctionKeeper {
    let root: Root

    /// Where a VF's settings are kept: the index of the PF's interface, and the VF's number there.
    private struct Place {
        let interface: UInt32
        let index: UInt32
    }

    /// The settings now; nil where the function is no VF, its PF has no interface, or none reports it.
    func settings(of address: PCIAddress) -> VirtualFunctionSettings? { find(address)?.settings }

    private func find(_ address: PCIAddress) -> (place: Place, settings: VirtualFunctionSettings)? {
        guard root.isHost else { return nil }
        for place in VirtualFunctionKeeper.places(of: address, root) {
            var found = linux_vf(index: place.index, address: (0, 0, 0, 0, 0, 0), vlan: 0, priority: 0)
            guard linux_vf_read(place.interface, &found) == 0 else { continue }
            let bytes = withUnsafeBytes(of: found.address) { Array($0) }
            let settings = VirtualFunctionSettings(macAddress: bytes, vlan: found.vlan, priority: found.priority)
            if let settings { return (place, settings) }
        }
        return nil
    }

    /// Every interface of the VF's PF with the number that the function has there: N of the link `virtfnN` that leads to it.
    private static func places(of address: PCIAddress, _ root: Root) -> [Place] {
        guard let function = try? root.folder(SysfsPath.device(address)),
            let parent = function.linkName("physfn").flatMap({ PCIAddress($0) }),
            let folder = try? root.folder(SysfsPath.device(parent))
        else { return [] }
        var index: UInt32 = 0
        while let name = folder.linkName("virtfn\(index)"), name != address.description { index += 1 }
        guard folder.linkName("virtfn\(index)") != nil else { return [] }
        let interfaces = (try? root.names(in: "\(SysfsPath.device(parent))/net")) ?? []
        return interfaces.compactMap { name in
            root.attribute("\(SysfsPath.device(parent))/net/\(name)/ifindex").flatMap { UInt32($0) }.map {
                Place(interface: $0, index: index)
            }
        }
    }

    /// Writes what differs; what went wrong, in words.
    func restore(_ wanted: VirtualFunctionSettings, of address: PCIAddress) -> String? {
        guard let (place, now) = find(address) else {
            return root.isHost ? "its MAC address and VLAN could not be asked for, they were \(wanted)" : nil
        }
        do throws(Errno) {
            if now.vlan != wanted.vlan || now.priority != wanted.priority { try write(wanted, place, address: false) }
            if now.macAddress != wanted.macAddress { try writeAddress(wanted, place) }
            return nil
        } catch {
            return "its MAC address and VLAN are \(now), they were \(wanted): \(error.symbol)"
        }
    }

    /// Some drivers refuse to take an address back to none; libvirt gives them one that is nobody's.
    private func writeAddress(_ wanted: VirtualFunctionSettings, _ place: Place) throws(Errno) {
        do throws(Errno) {
            try write(wanted, place, address: true)
        } catch {
            guard error == .invalidArgument, wanted.macAddress.allSatisfy({ $0 == 0 }),
                let nobodys = VirtualFunctionSettings(
                    macAddress: [2, 0, 0, 0, 0, 0], vlan: wanted.vlan, priority: wanted.priority)
            else { throw error }
            try write(nobodys, place, address: true)
        }
    }

    private func write(_ wanted: VirtualFunctionSettings, _ place: Place, address isAddress: Bool) throws(Errno) {
        let bytes = wanted.macAddress
        let order = linux_vf(
            index: place.index, address: (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]),
            vlan: wanted.vlan, priority: wanted.priority)
        guard linux_vf_write(place.interface, order, isAddress ? 1 : 0) == 0 else { throw Errno.last }
    }
}
