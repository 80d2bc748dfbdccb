package import HostFiles
package import Passthrough

/// What depmod(8) wrote of the running kernel's modules.
package struct ModulesFolder: Sendable {
    private let root: Root
    private let path: String?

    /// Bytes of a `modules.alias`; Debian's has two megabytes.
    private static let limit = 64 << 20

    package init(root: Root) {
        self.root = root
        path = DriverReader.release(root).map { "/lib/modules/\($0)" }
    }

    /// How the module vfio_pci is there.
    ///
    /// A built-in module has no `initstate` below `/sys/module` (`kernel/module/sysfs.c` makes it for loaded ones only), and
    /// `modules.builtin` names it.
    package var vfioPCI: ModuleState {
        if builtInModules.contains("vfio_pci") { return .builtIn }
        if root.exists("/sys/module/vfio_pci/initstate") { return .loaded }
        return switch DriverReader(root: root).presence(of: .vfioPCI) {
        case .registered: hasModuleFile ? .loaded : .builtIn
        case .loadable: .loadable
        case .missing: .missing
        }
    }

    /// Whether `modules.dep` is there and names vfio_pci: a driver that is registered came from there then.
    private var hasModuleFile: Bool {
        guard let text = text(of: "modules.dep") else { return true }
        if text.isEmpty { return true }
        return text.split(separator: "\n").contains { line in
            ModulesFolder.name(ofFile: line.prefix { $0 != ":" }) == "vfio_pci"
        }
    }

    /// Modules that are part of the kernel, with `_` for `-`.
    package var builtInModules: Set<String> {
        Set((text(of: "modules.builtin") ?? "").split(separator: "\n").map { ModulesFolder.name(ofFile: $0) })
    }

    /// The module of a driver: as sysfs links it, else the one of its name.
    package func module(of driver: DriverName) -> String {
        guard let text = try? root.linkText("\(SysfsPath.driver(driver))/module"),
            let name = text.split(separator: "/").last
        else { return driver.moduleName }
        return String(name)
    }

    /// Modules that modprobe(8) would load for a type: of a present function by all of its numbers, of an absent one by vendor and
    /// device alone. VFIO's own and those that are built in are left out.
    package func natives(of ids: [PCIID], present: [PCIFunction]) -> Set<String> {
        let wanted = Set(ids)
        var texts = present.filter { wanted.contains($0.id) }.map {
            Modalias(id: $0.id, subsystem: $0.subsystem, classCode: $0.classCode).description
        }
        texts += wanted.map { Modalias(id: $0).description }
        let prefixes = Set(wanted.map { ModulesFolder.digits(UInt64($0.vendor), 8) } + ["*"])
        let builtIn = builtInModules
        var modules: Set<String> = []
        for line in (text(of: "modules.alias") ?? "").split(separator: "\n") where line.hasPrefix("alias pci:v") {
            let rest = line.dropFirst(11)
            guard prefixes.contains(String(rest.prefix(8))) || rest.first == "*" else { continue }
            let words = line.split(separator: " ")
            guard words.count == 3, let pattern = GlobPattern(String(words[1])) else { continue }
            let module = String(words[2].map { $0 == "-" ? "_" : $0 })
            guard !builtIn.contains(module), DriverName(module)?.isVFIO != true else { continue }
            if texts.contains(where: { pattern.matches($0) }) { modules.insert(module) }
        }
        return modules
    }

    private static func digits(_ value: UInt64, _ count: Int) -> String {
        Hexadecimal.text(value, digits: count).uppercased()
    }

    private static func name(ofFile file: some StringProtocol) -> String {
        let name = file.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != "." }.map { $0 == "-" ? "_" : $0 })
    }

    private func text(of name: String) -> String? {
        guard let path, let bytes = try? root.read("\(path)/\(name)", limit: ModulesFolder.limit) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
