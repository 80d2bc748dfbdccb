import HostFiles
import Passthrough

/// The modules of the running kernel that have to do with PCI: those with an alias of a card, and those whose name speaks of PCI, VFIO
/// or UIO.
struct ModuleReader {
    private let root: Root
    /// The release of the kernel as it names itself.
    let release: String?
    /// What `modules.alias` says of VFIO's variant drivers (`vfio_pci:`), sorted.
    private(set) var variantAliases: [ModuleAlias] = []
    private var withCards: Set<String> = []

    private static let limit = 64 << 20

    init(root: Root) {
        self.root = root
        release = DriverReader.release(root)
        for line in lines("modules.alias") {
            guard line.hasPrefix("alias pci:") || line.hasPrefix("alias vfio_pci:") else { continue }
            let words = line.split(separator: " ")
            guard words.count == 3 else { continue }
            let module = ModuleReader.name(words[2])
            withCards.insert(module)
            if words[1].hasPrefix("vfio_pci:") {
                variantAliases.append(ModuleAlias(pattern: String(words[1]), module: module))
            }
        }
        variantAliases.sort { ($0.module, $0.pattern) < ($1.module, $1.pattern) }
    }

    /// Where each of these modules is; those of the drivers too.
    func states(of drivers: Set<DriverName>) -> [String: ModulePlace] {
        let ofDrivers = Set(drivers.map(\.moduleName))
        var states: [String: ModulePlace] = [:]
        for (file, state) in [("modules.builtin", ModulePlace.builtIn), ("modules.dep", .loadable)] {
            for line in lines(file) {
                let path = line.prefix { $0 != ":" }
                guard let last = path.split(separator: "/").last else { continue }
                let name = ModuleReader.name(last.prefix { $0 != "." })
                if withCards.contains(name) || ofDrivers.contains(name) || ModuleReader.speaksOfPCI(name) {
                    states[name] = state
                }
            }
        }
        for name in (try? root.names(in: "/sys/module")) ?? [] where states[name] == .loadable {
            states[name] = .loaded
        }
        return states
    }

    private static func speaksOfPCI(_ name: String) -> Bool {
        name.contains("pci") || name.contains("vfio") || name.contains("uio")
    }

    /// `-` and `_` are the same to kmod.
    private static func name(_ text: Substring) -> String { String(text.map { $0 == "-" ? "_" : $0 }) }

    private func lines(_ file: String) -> [Substring] {
        guard let release,
            let bytes = try? root.read("/lib/modules/\(release)/\(file)", limit: ModuleReader.limit)
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
