import HostFiles
package import Passthrough
import SystemPackage

extension ModuleDatabase {
    /// Which variant drivers of VFIO the running kernel has, as modules and built in; a table with a failure where modules.alias cannot
    /// be read, as libvirt has it.
    package func variants() -> VariantTable {
        guard let release else {
            return VariantTable(failure: "the variant drivers are unknown: the kernel's release is")
        }
        var table = VariantTable()
        do throws(Errno) {
            for alias in try aliases(startingWith: VariantTable.prefix) { add(alias.pattern, alias.module, to: &table) }
        } catch {
            return VariantTable(
                failure:
                    "the variant drivers are unknown: /lib/modules/\(release)/modules.alias: \(error)")
        }
        addBuiltIn(to: &table)
        return table
    }

    /// `MODULE.alias=vfio_pci:…` between NUL bytes; modules.alias does not name what is built in.
    private func addBuiltIn(to table: inout VariantTable) {
        guard let bytes = try? bytes(of: "modules.builtin.modinfo") else { return }
        let mark = Array(".alias".utf8)
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")),
                entry[..<equals].suffix(mark.count) == mark[...],
                entry[entry.index(after: equals)...].starts(with: VariantTable.prefix.utf8)
            else { continue }
            let module = String(decoding: entry[..<equals].dropLast(mark.count), as: UTF8.self)
            add(String(decoding: entry[entry.index(after: equals)...], as: UTF8.self), module, to: &table)
        }
    }

    private func add(_ alias: String, _ module: String, to table: inout VariantTable) {
        if let driver = driver(of: module) { table.add(alias, driver: driver) }
    }

    /// The driver of a module: `/sys/module/MODULE/drivers/pci:NAME` once it is loaded, else one of its name.
    private func driver(of module: String) -> DriverName? {
        let name = DriverName.moduleName(module)
        guard DriverName(name) != nil else { return nil }
        for entry in root.list("/sys/module/\(name)/drivers") where entry.hasPrefix("pci:") {
            return DriverName(String(entry.dropFirst(4)))
        }
        return VariantTable.driver(ofModule: module)
    }
}
