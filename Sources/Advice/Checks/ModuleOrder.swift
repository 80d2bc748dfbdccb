import Passthrough

/// Which modules modprobe.d(5) has vfio-pci loaded before: by `softdep mlx4_core pre: vfio-pci`, or by an `install` line that loads it first.
struct ModuleOrder {
    private let followers: Set<String>

    init(_ lines: [ConfigurationLine]) {
        followers = Set(
            lines.compactMap { line in
                let words = line.text.split(whereSeparator: \.isWhitespace).map { DriverName.moduleName($0) }
                if words.count > 3, words[0] == "install", words.dropFirst(2).contains("vfio_pci") { return words[1] }
                guard words.count > 3, words[0] == "softdep", let pre = words.firstIndex(of: "pre:") else { return nil }
                let before = words[(pre + 1)...].prefix { $0 != "post:" }
                return before.contains("vfio_pci") ? words[1] : nil
            })
    }

    func loadsVFIO(before module: String) -> Bool { followers.contains(module) }
}
