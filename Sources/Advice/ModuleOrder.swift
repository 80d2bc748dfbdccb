import Passthrough

/// Which modules the softdeps of modprobe.d(5) have vfio-pci loaded before: `softdep mlx4_core pre: vfio-pci`.
struct ModuleOrder {
    private let followers: Set<String>

    init(_ lines: [ConfigurationLine]) {
        followers = Set(
            lines.compactMap { line in
                let words = line.text.split(whereSeparator: \.isWhitespace).map(ModuleOrder.module)
                guard words.count > 3, words[0] == "softdep", let pre = words.firstIndex(of: "pre:") else { return nil }
                let before = words[(pre + 1)...].prefix { $0 != "post:" }
                return before.contains("vfio_pci") ? words[1] : nil
            })
    }

    func loadsVFIO(before module: String) -> Bool { followers.contains(module) }

    /// A module's name as modprobe reads it, `-` and `_` alike.
    static func module(_ text: Substring) -> String { String(text.map { $0 == "-" ? "_" : $0 }) }
}
