package import HostFiles
package import Passthrough
import SystemPackage

/// What depmod(8) wrote of the running kernel's modules below `/lib/modules` (modules.dep(5)), beside what sysfs shows of them.
package struct ModuleDatabase: Sendable {
    let root: Root

    /// Bytes of a file of it; Debian's `modules.alias` has two megabytes.
    private static let limit = 64 << 20

    package init(root: Root) { self.root = root }

    /// The release of the kernel as it names itself, or the only one that has modules (below another root).
    var release: String? {
        if let release = root.attribute("/proc/sys/kernel/osrelease") { return release }
        let names = root.list("/lib/modules")
        return names.count == 1 ? names[0] : nil
    }

    /// Whether a driver is registered, can be loaded, or is missing.
    ///
    /// A driver whose module is being loaded has its directory before it has the files in it (drivers/base/bus.c, bus_add_driver: `bind`
    /// comes last, behind the probes): loading that module, which waits, is what is left to do.
    package func presence(of driver: DriverName) -> DriverPresence {
        let folder = SysfsPath.driver(driver)
        if root.exists("\(folder)/bind") { return .registered }
        if hasModule(driver.moduleName) { return .loadable }
        return root.exists(folder) ? .registered : .missing
    }

    /// How the module vfio_pci is present.
    ///
    /// A built-in module has no `initstate` below `/sys/module` (`kernel/module/sysfs.c` makes it for loaded ones only), and
    /// `modules.builtin` names it.
    package var vfioPCI: ModuleState {
        if builtInModules.contains("vfio_pci") { return .builtIn }
        if root.exists("/sys/module/vfio_pci/initstate") { return .loaded }
        return switch presence(of: .vfioPCI) {
        // A driver that is registered came from its module, where modules.dep does not say otherwise.
        case .registered: lines(of: "modules.dep").isEmpty || hasModule("vfio_pci") ? .loaded : .builtIn
        case .loadable: .loadable
        case .missing: .missing
        }
    }

    /// Modules that are part of the kernel, with `_` for `-`.
    package var builtInModules: Set<String> {
        Set(lines(of: "modules.builtin").map { ModuleDatabase.module(ofFile: $0) })
    }

    /// The module of a driver: as sysfs links it, else the one of its name.
    package func module(of driver: DriverName) -> String {
        root.linkName("\(SysfsPath.driver(driver))/module") ?? driver.moduleName
    }

    // MARK: Files

    /// An entry of `modules.alias`: modprobe(8) loads the module for what the pattern matches.
    struct Alias {
        let pattern: String
        let module: String
    }

    /// The entries of `modules.alias` whose patterns begin so.
    func aliases(startingWith prefix: String) throws(Errno) -> [Alias] {
        try readLines(of: "modules.alias", startingWith: "alias \(prefix)").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3 else { return nil }
            return Alias(pattern: String(words[1]), module: DriverName.moduleName(words[2]))
        }
    }

    /// The lines of a file of it; none where it cannot be read.
    func lines(of name: String) -> [String] { (try? readLines(of: name, startingWith: "")) ?? [] }

    private func readLines(of name: String, startingWith prefix: String) throws(Errno) -> [String] {
        let wanted = Array(prefix.utf8)
        var lines: [String] = []
        ModuleDatabase.forEachLine(try bytes(of: name)) { line in
            if !line.isEmpty, line.starts(with: wanted) { lines.append(String(decoding: line, as: UTF8.self)) }
            return true
        }
        return lines
    }

    /// The bytes of a file of it; `noSuchFileOrDirectory` where the release is unknown.
    func bytes(of name: String) throws(Errno) -> [UInt8] {
        guard let release else { throw .noSuchFileOrDirectory }
        return try root.read("/lib/modules/\(release)/\(name)", limit: ModuleDatabase.limit)
    }

    /// Whether a line of modules.dep begins with the module's file: `kernel/drivers/vfio/pci/vfio-pci.ko.xz: …`.
    private func hasModule(_ name: String) -> Bool {
        guard let bytes = try? bytes(of: "modules.dep") else { return false }
        let wanted = Array(name.utf8)
        var isFound = false
        ModuleDatabase.forEachLine(bytes) { line in
            isFound = ModuleDatabase.names(line, wanted)
            return !isFound
        }
        return isFound
    }

    /// Calls with each line until it answers false; Strings of all of them would cost a start of the program.
    private static func forEachLine(_ bytes: [UInt8], _ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Bool) {
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                guard body(bytes[start..<end]) else { return }
                start = end + 1
            }
        }
    }

    /// Whether the file before the colon has the module's name; `-` and `_` are the same to kmod.
    private static func names(_ line: Slice<UnsafeBufferPointer<UInt8>>, _ wanted: [UInt8]) -> Bool {
        let file = line.prefix { $0 != UInt8(ascii: ":") }
        let name = file[(file.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? file.startIndex)...]
        guard name.count > wanted.count, name[name.startIndex + wanted.count] == UInt8(ascii: ".") else { return false }
        return zip(name, wanted).allSatisfy { ($0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0) == $1 }
    }

    /// The module of a file, `kernel/drivers/vfio/pci/vfio-pci.ko.xz: …`.
    static func module(ofFile line: some StringProtocol) -> String {
        let name = line.prefix { $0 != ":" }.split(separator: "/").last ?? ""
        return DriverName.moduleName(name.prefix { $0 != "." })
    }
}
