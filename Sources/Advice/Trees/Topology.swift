package import Passthrough

/// The functions below their bridges, each root bus a tree of its own, in the order in which a tree is drawn.
package struct Topology: Sendable {
    /// From the top down, each directly below its parent and before its parent's next child.
    package let entries: [Entry]

    package struct Entry: Sendable, Hashable {
        package let address: PCIAddress
        /// The function directly above it that is drawn too; nil below a root bus.
        package let parent: PCIAddress?
        /// `0000:00`.
        package let rootBus: String
        /// The prefix of its line: `│  └─ `.
        package let mark: String
        /// The prefix of a further line about it: `│     `.
        package let continuation: String
    }

    package init(_ functions: [PCIFunction]) {
        let shown = Set(functions.map(\.address))
        var children: [PCIAddress: [PCIFunction]] = [:]
        var roots: [String: [PCIFunction]] = [:]
        var order: [String] = []
        for function in functions.sorted(by: { $0.address < $1.address }) {
            if let parent = function.path.dropLast().last(where: { shown.contains($0) && $0 != function.address }) {
                children[parent, default: []].append(function)
            } else {
                let bus = String((function.path.first ?? function.address).slot.dropLast(3))
                if roots[bus] == nil { order.append(bus) }
                roots[bus, default: []].append(function)
            }
        }
        var entries: [Entry] = []
        for bus in order {
            Topology.draw(roots[bus] ?? [], below: nil, bus, "", &children, &entries)
        }
        self.entries = entries
    }

    /// Removes the children that it draws, so that a made-up path cannot lead in a circle.
    private static func draw(
        _ functions: [PCIFunction], below parent: PCIAddress?, _ bus: String, _ prefix: String,
        _ children: inout [PCIAddress: [PCIFunction]], _ entries: inout [Entry]
    ) {
        for (place, function) in functions.enumerated() {
            let isLast = place + 1 == functions.count
            let deeper = prefix + (isLast ? "   " : "│  ")
            entries.append(
                Entry(
                    address: function.address, parent: parent, rootBus: bus, mark: prefix + (isLast ? "└─ " : "├─ "),
                    continuation: deeper))
            draw(
                children.removeValue(forKey: function.address) ?? [], below: function.address, bus, deeper, &children,
                &entries)
        }
    }
}
