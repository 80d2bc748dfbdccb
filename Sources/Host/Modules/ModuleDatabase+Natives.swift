package import Passthrough

extension ModuleDatabase {
    /// Modules that modprobe(8) would load for a device ID: of a present function by all of its numbers, of an absent one by vendor and
    /// device alone. VFIO's own and those that are built in are left out.
    package func natives(of ids: [PCIID], present: [PCIFunction]) -> Set<String> {
        let wanted = Set(ids)
        var texts = present.filter { wanted.contains($0.id) }.map {
            Modalias(id: $0.id, subsystem: $0.subsystem, classCode: $0.classCode).description
        }
        texts += wanted.map { Modalias(id: $0).description }
        let prefixes = Set(wanted.map { Hexadecimal.text(UInt64($0.vendor), digits: 8).uppercased() })
        let builtIn = builtInModules
        var modules: Set<String> = []
        for alias in (try? aliases(startingWith: "pci:v")) ?? [] {
            let rest = alias.pattern.dropFirst(5)
            guard rest.first == "*" || prefixes.contains(String(rest.prefix(8))),
                let pattern = GlobPattern(alias.pattern), !builtIn.contains(alias.module),
                DriverName(alias.module)?.isVFIO != true
            else { continue }
            if texts.contains(where: { pattern.matches($0) }) { modules.insert(alias.module) }
        }
        return modules
    }
}
