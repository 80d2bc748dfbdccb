package import Passthrough

/// Boot configuration that binds device IDs to vfio-pci before their native drivers.
package struct BootExport: Sendable {
    package let ids: [PCIID]
    /// Modules of the native drivers of these functions, sorted.
    package let nativeModules: [String]

    /// Characters of IDs that the module reads: `char ids[1024]` with its end (`drivers/vfio/pci/vfio_pci.c`).
    package static let limit = 1023

    package init(ids: [PCIID], nativeModules: [String]) {
        self.ids = ids
        self.nativeModules = nativeModules
    }

    /// `15b3:1003,15b3:1004`.
    package var list: String { ids.map(\.description).joined(separator: ",") }

    package var isTooLong: Bool { list.utf8.count > BootExport.limit }

    /// A file for modprobe.d(5).
    package func modprobe(madeBy kind: String = "modprobe") -> String {
        let softdeps = nativeModules.map { "softdep \($0) pre: vfio-pci" }
        return
            ([
                "# Device IDs that vfio-pci binds at boot; made by `vfio-rebind export \(kind)`.",
                "options vfio-pci ids=\(list)",
            ] + softdeps).joined(separator: "\n")
    }

    /// Kernel parameters; modprobe(8) passes them to a module, a built-in driver reads them itself.
    package func commandLine(iommuWords: [String]) -> String {
        (iommuWords + (ids.isEmpty ? [] : ["vfio_pci.ids=\(list)"])).joined(separator: " ")
    }

    /// The files that add vfio-pci to the initramfs: modprobe's for both, one for initramfs-tools, one for dracut.
    package var initramfs: [ExportedFile] {
        let hook = """
            #!/bin/sh
            # Loads vfio-pci in the initramfs, before the drivers of the cards; run update-initramfs -u afterwards.
            if [ "$1" = prereqs ]; then
                exit 0
            fi
            . /usr/share/initramfs-tools/hook-functions
            force_load vfio-pci
            """
        let dracut = """
            # Loads vfio-pci in the initramfs, before the drivers of the cards; run dracut --force afterwards.
            force_drivers+=" vfio_iommu_type1 vfio-pci "
            install_items+=" /etc/modprobe.d/vfio-rebind.conf "
            """
        return [
            ExportedFile(path: "/etc/modprobe.d/vfio-rebind.conf", mode: 0o644, text: modprobe(madeBy: "initramfs")),
            ExportedFile(path: "/etc/initramfs-tools/hooks/vfio-rebind", mode: 0o755, text: hook),
            ExportedFile(path: "/etc/dracut.conf.d/vfio-rebind.conf", mode: 0o644, text: dracut),
        ]
    }
}
