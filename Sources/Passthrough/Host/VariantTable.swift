/// The variant drivers of VFIO that this kernel has, as modules.alias names them, and the choice among them.
///
/// Entries with an override-only ID become `alias vfio_pci:v…d…sv…sd…bc…sc…i… MODULE` (scripts/mod/file2alias.c, `do_pci_entry`). The best
/// is the one with the fewest wildcards, the first among equals, as libvirt picks it (`virPCIDeviceFindBestVFIOVariant`).
package struct VariantTable: Hashable, Sendable {
    /// Why the aliases could not be read; then no choice can be made.
    package var failure: String?
    private var aliases: [Alias] = []

    private struct Alias: Hashable, Sendable {
        /// Vendor, device, both of the subsystem, class, subclass, interface; nil stands for `*`.
        let fields: [UInt32?]
        let driver: DriverName

        var wildcards: Int { fields.count { $0 == nil } }
    }

    /// What stands before the fields of an alias.
    package static let prefix = "vfio_pci:"
    private static let marks = ["v", "d", "sv", "sd", "bc", "sc", "i"]

    package init(failure: String? = nil) { self.failure = failure }

    /// Adds an alias, `vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*`; one of another form says nothing.
    package mutating func add(_ alias: some StringProtocol, driver: DriverName) {
        guard alias.hasPrefix(VariantTable.prefix) else { return }
        var rest = Array(alias.utf8.dropFirst(VariantTable.prefix.utf8.count))[...]
        var fields: [UInt32?] = []
        for mark in VariantTable.marks {
            guard rest.starts(with: mark.utf8) else { return }
            rest = rest.dropFirst(mark.utf8.count)
            if rest.first == UInt8(ascii: "*") {
                rest = rest.dropFirst()
                fields.append(nil)
            } else {
                let digits = rest.prefix { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
                guard let value = Hexadecimal.parse(digits, digits: 1...8) else { return }
                rest = rest.dropFirst(digits.count)
                fields.append(UInt32(value))
            }
        }
        if rest.isEmpty { aliases.append(Alias(fields: fields, driver: driver)) }
    }

    /// The driver of a module that is not loaded: of its own name, with two known exceptions (drivers/vfio/pci/vfio_pci.c,
    /// drivers/vfio/pci/pds/pci_drv.c).
    package static func driver(ofModule module: String) -> DriverName? {
        let name = DriverName.moduleName(module)
        return switch name {
        case "vfio_pci": .vfioPCI
        case "pds_vfio_pci": DriverName("pds-vfio-pci")
        default: DriverName(name)
        }
    }

    /// The driver that suits a function best; nil where no alias does.
    package func best(for function: PCIFunction) -> DriverName? {
        let code = function.classCode.value
        let values: [UInt32?] = [
            UInt32(function.id.vendor), UInt32(function.id.device), function.subsystem.map { UInt32($0.vendor) },
            function.subsystem.map { UInt32($0.device) }, code >> 16, code >> 8 & 0xff, code & 0xff,
        ]
        let fitting = aliases.filter { alias in
            zip(alias.fields, values).allSatisfy { wanted, found in wanted == nil || wanted == found }
        }
        return fitting.min { $0.wildcards < $1.wildcards }?.driver
    }

    /// Whether a card of a type may have a driver of its own, whatever else is true of it.
    package func hasVariant(for id: PCIID) -> Bool {
        aliases.contains { alias in
            alias.driver != .vfioPCI && (alias.fields[0] ?? UInt32(id.vendor)) == UInt32(id.vendor)
                && (alias.fields[1] ?? UInt32(id.device)) == UInt32(id.device)
        }
    }
}
