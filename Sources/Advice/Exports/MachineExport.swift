package import Passthrough

/// The configuration of a virtual machine for a function that is bound to a VFIO driver.
package enum MachineExport {
    /// Identities of a function on IBM Z, as sysfs shows them (Documentation/arch/s390/pci.rst).
    package struct ZPCI: Sendable, Hashable {
        /// 1 to 0xffff; 0 where UIDs are not checked.
        package let uid: UInt32
        package let fid: UInt32

        package init(uid: UInt32, fid: UInt32) {
            self.uid = uid
            self.fid = fid
        }
    }

    /// A device of a libvirt domain. `managed='no'`: libvirt must not change the driver, before and after the guest.
    package static func libvirt(_ address: PCIAddress, zpci: ZPCI?) -> String {
        let place =
            "domain='\(number(address.domain, 4))' bus='\(number(UInt32(address.bus), 2))' "
            + "slot='\(number(UInt32(address.device), 2))' function='\(number(UInt32(address.function), 1))'"
        var lines = [
            "<hostdev mode='subsystem' type='pci' managed='no'>", "  <source>", "    <address \(place)/>",
            "  </source>",
        ]
        if let zpci {
            let uid = zpci.uid == 0 ? "" : " uid='\(number(zpci.uid, 4))'"
            lines += ["  <address type='pci'>", "    <zpci\(uid) fid='\(number(zpci.fid, 8))'/>", "  </address>"]
        }
        return (lines + ["</hostdev>"]).joined(separator: "\n")
    }

    /// An argument of QEMU.
    package static func qemu(_ address: PCIAddress) -> String { "-device vfio-pci,host=\(address)" }

    /// A part of KubeVirt's custom resource; its device plugin offers the functions with these IDs that are bound to vfio-pci.
    package static func kubevirt(_ ids: [PCIID]) -> String {
        var lines = ["# spec.configuration of the custom resource KubeVirt", "permittedHostDevices:"]
        lines.append(ids.isEmpty ? "  pciHostDevices: []" : "  pciHostDevices:")
        for id in ids {
            let name = id.description.split(separator: ":").joined(separator: "-")
            lines += ["    - pciVendorSelector: \"\(id)\"", "      resourceName: \"vfio-rebind/\(name)\""]
        }
        return lines.joined(separator: "\n")
    }

    private static func number(_ value: UInt32, _ digits: Int) -> String {
        "0x\(Hexadecimal.text(UInt64(value), digits: digits))"
    }
}
