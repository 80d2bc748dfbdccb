/// The name of a PCI driver as `/sys/bus/pci/drivers` shows it: `vfio-pci`, not `vfio_pci`, which is the module.
package struct DriverName: Hashable, Sendable {
    package let text: String

    /// Accepts a name that can be a directory of sysfs and a value of `driver_override`.
    ///
    /// Rejected: empty, `.`, `..`, more than 255 bytes, `/`, control characters and blanks.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= 255, text != ".", text != "..",
            bytes.allSatisfy({ $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "/") && $0 != 0x7f })
        else { return nil }
        self.text = text
    }

    private init(known text: String) { self.text = text }

    package static let vfioPCI = DriverName(known: "vfio-pci")
    package static let pciStub = DriverName(known: "pci-stub")
    package static let pciePort = DriverName(known: "pcieport")

    /// Whether this is a driver of the VFIO framework: `vfio-pci` or a variant such as `mlx5_vfio_pci`.
    ///
    /// All variants of the kernel carry `vfio` and `pci` in their names (`drivers/vfio/pci/*/`).
    package var isVFIO: Bool {
        if self == .vfioPCI { return true }
        let parts = text.utf8.split { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        return parts.contains { $0.elementsEqual("vfio".utf8) } && parts.contains { $0.elementsEqual("pci".utf8) }
    }

    /// Whether its own table fits no function, so that it only takes one by a dynamic ID or by `driver_override`: VFIO's drivers
    /// (override-only entries), pci-stub and the UIO drivers of DPDK (no table).
    package var hasNoTable: Bool {
        isVFIO || self == .pciStub || text == "uio_pci_generic" || text == "igb_uio"
    }

    /// The module of the same name: modprobe reads `-` and `_` alike, `/sys/module` has `_`.
    package var moduleName: String { DriverName.moduleName(text) }

    /// A module's name as `/sys/module` has it; to kmod `-` and `_` are the same.
    package static func moduleName(_ text: some StringProtocol) -> String {
        String(text.map { $0 == "-" ? "_" : $0 })
    }

    /// Seconds that one kernel write may take where the policy does not say otherwise.
    ///
    /// mlx4_core sends firmware commands and waits for health work while it is removed
    /// (`drivers/net/ethernet/mellanox/mlx4/main.c`, `mlx4_remove_one`), which takes tens of seconds.
    package var defaultTimeout: Int { text == "mlx4_core" ? 120 : 30 }

    /// Whether only one function at a time may be taken from it: unbinding several ioatdma functions in parallel met a BUG of the
    /// kernel (SPDK, scripts/setup.sh).
    package var letsGoOneByOne: Bool { text == "ioatdma" }
}

extension DriverName: CustomStringConvertible {
    package var description: String { text }
}
