import HostFiles
import Passthrough

/// What a snapshot keeps of the modules.
extension ModuleDatabase {
    /// What `modules.alias` says of VFIO's variant drivers, sorted.
    var variantAliases: [ModuleAlias] {
        ((try? aliases(startingWith: VariantTable.prefix)) ?? [])
            .map { ModuleAlias(pattern: $0.pattern, module: $0.module) }
            .sorted { ($0.module, $0.pattern) < ($1.module, $1.pattern) }
    }

    /// Where the modules are that have to do with PCI: those with an alias of a card, those whose name speaks of PCI, VFIO or UIO, and
    /// those of the drivers.
    func states(of drivers: Set<DriverName>) -> [String: ModulePlace] {
        var wanted = Set(drivers.map(\.moduleName))
        for prefix in ["pci:", VariantTable.prefix] {
            wanted.formUnion(((try? aliases(startingWith: prefix)) ?? []).map(\.module))
        }
        var states: [String: ModulePlace] = [:]
        for (file, state) in [("modules.builtin", ModulePlace.builtIn), ("modules.dep", .loadable)] {
            for name in lines(of: file).map({ ModuleDatabase.module(ofFile: $0) })
            where wanted.contains(name) || ["pci", "vfio", "uio"].contains(where: name.contains) {
                states[name] = state
            }
        }
        for name in root.list("/sys/module") where states[name] == .loadable { states[name] = .loaded }
        return states
    }
}
