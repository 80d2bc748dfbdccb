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

    /// A driver whose module is being loaded has its folder before it has the files in it (drivers/base/bus.c, bus_add_driver: `bind`
    /// comes last, behind the probes): loading that module, which waits, is what is left to do.
    package func presence(of driver: DriverName) -> DriverPresence {
        let folder = SysfsPath.driver(driver)
        if root.exists("\(folder)/bind") { return .registered }
        if hasModule(driver) { return .loadable }
        return root.exists(folder) ? .registered : .missing
    }

    /// The release of the kernel as it names itself, or the only one that has modules (below another root).
    static func release(_ root: Root) -> String? {
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
        return modules.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let line = UnsafeBufferPointer(rebasing: bytes[start...])
                let end = line.firstIndex(of: UInt8(ascii: "\n")) ?? line.count
                if DriverReader.names(UnsafeBufferPointer(rebasing: line[..<end]), wanted) { return true }
                start += end + 1
            }
            return false
        }
    }

    /// Whether the file before the colon has the module's name; `-` and `_` are the same to kmod.
    private static func names(_ line: UnsafeBufferPointer<UInt8>, _ wanted: [UInt8]) -> Bool {
        let file = line[..<(line.firstIndex(of: UInt8(ascii: ":")) ?? line.count)]
        let name = file[(file.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
        guard name.count > wanted.count, name[name.startIndex + wanted.count] == UInt8(ascii: ".") else { return false }
        return zip(name, wanted).allSatisfy { ($0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0) == $1 }
    }
}
