package import HostFiles
package import Passthrough

/// Tells whether a driver is registered, can be loaded, or is missing.
package struct DriverReader: Sendable {
    private let root: Root

    /// Bytes of a `modules.dep`; Debian's has half a megabyte.
    private static let limit = 64 << 20

    package init(root: Root) {
        self.root = root
    }

    package func presence(of driver: DriverName) -> DriverPresence {
        if root.exists(SysfsPath.driver(driver)) { return .registered }
        return hasModule(driver) ? .loadable : .missing
    }

    /// The release of the kernel as it names itself, or the only one that has modules (below another root).
    private static func release(_ root: Root) -> String? {
        if let release = root.attribute("/proc/sys/kernel/osrelease") { return release }
        guard let names = try? root.names(in: "/lib/modules"), names.count == 1 else { return nil }
        return names[0]
    }

    /// Whether a line of modules.dep(5) begins with the module's file: `kernel/drivers/vfio/pci/vfio-pci.ko.xz: …`.
    private func hasModule(_ driver: DriverName) -> Bool {
        guard let release = DriverReader.release(root),
            let modules = try? root.read("/lib/modules/\(release)/modules.dep", limit: DriverReader.limit)
        else { return false }
        let wanted = Array(driver.moduleName.utf8)
        return modules.split(separator: UInt8(ascii: "\n")).contains { line in
            let file = line.prefix { $0 != UInt8(ascii: ":") }
            let name = file.split(separator: UInt8(ascii: "/")).last ?? []
            let stem = name.prefix { $0 != UInt8(ascii: ".") }
            return stem.count == wanted.count
                && zip(stem, wanted).allSatisfy { ($0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0) == $1 }
        }
    }
}
