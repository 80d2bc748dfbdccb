package import HostFiles
package import Passthrough
import SystemPackage

/// Reads which variant drivers of VFIO the running kernel has, as modules and built in.
package struct VariantReader {
    private let root: Root

    /// Bytes of a `modules.alias`; Debian's has a megabyte.
    private static let limit = 64 << 20

    package init(root: Root) { self.root = root }

    /// The table; one with a failure where modules.alias cannot be read, as libvirt has it.
    package func table() -> VariantTable {
        guard let release = DriverReader.release(root) else {
            return VariantTable(failure: "the variant drivers are unknown: the kernel's release is")
        }
        let folder = "/lib/modules/\(release)"
        var table = VariantTable()
        do throws(Errno) {
            let bytes = try root.read("\(folder)/modules.alias", limit: VariantReader.limit)
            for line in VariantReader.lines(bytes, startingWith: "alias \(VariantTable.prefix)") {
                let words = line.split(separator: " ")
                if words.count == 3 { add(words[1], String(words[2]), to: &table) }
            }
        } catch {
            return VariantTable(
                failure: "the variant drivers are unknown: \(folder)/modules.alias: \(error)")
        }
        addBuiltIn("\(folder)/modules.builtin.modinfo", to: &table)
        return table
    }

    /// `MODULE.alias=vfio_pci:…` between NUL bytes; modules.alias does not name what is built in.
    private func addBuiltIn(_ path: String, to table: inout VariantTable) {
        guard let bytes = try? root.read(path, limit: VariantReader.limit) else { return }
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")), entry[..<equals].hasSuffix(".alias"),
                entry[entry.index(after: equals)...].starts(with: VariantTable.prefix.utf8)
            else { continue }
            let module = String(decoding: entry[..<equals].dropLast(6), as: UTF8.self)
            add(String(decoding: entry[entry.index(after: equals)...], as: UTF8.self), module, to: &table)
        }
    }

    private func add(_ alias: some StringProtocol, _ module: String, to table: inout VariantTable) {
        if let driver = driver(of: module) { table.add(alias, driver: driver) }
    }

    /// The driver of a module: `/sys/module/MODULE/drivers/pci:NAME` once it is there, else one of its name.
    private func driver(of module: String) -> DriverName? {
        let name = String(module.map { $0 == "-" ? "_" : $0 })
        guard DriverName(name) != nil else { return nil }
        for entry in (try? root.names(in: "/sys/module/\(name)/drivers")) ?? [] where entry.hasPrefix("pci:") {
            return DriverName(String(entry.dropFirst(4)))
        }
        return VariantTable.driver(ofModule: module)
    }

    /// The lines of a text that begin so; all others are passed over as bytes.
    private static func lines(_ bytes: [UInt8], startingWith prefix: String) -> [String] {
        let wanted = Array(prefix.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            var lines: [String] = []
            var start = 0
            while start < bytes.count {
                let rest = UnsafeBufferPointer(rebasing: bytes[start...])
                let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
                if rest[..<end].starts(with: wanted) { lines.append(String(decoding: rest[..<end], as: UTF8.self)) }
                start += end + 1
            }
            return lines
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
