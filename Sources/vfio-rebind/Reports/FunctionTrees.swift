import Advice
import Passthrough

/// The functions of a list as trees: by IOMMU group, and below their bridges.
struct FunctionTrees {
    private let list: FunctionList
    /// The processes that hold a function's nodes open.
    private let holders: [PCIAddress: [String]]
    private let viabilities: [UInt32: GroupViability]

    /// Takes all functions of the host, shown or not: every member decides about its group.
    init(_ list: FunctionList, of functions: [PCIFunction], holders: [PCIAddress: [String]]) {
        self.list = list
        self.holders = holders
        var groups: [UInt32: [PCIFunction]] = [:]
        for function in functions {
            if let group = function.iommuGroup { groups[group, default: []].append(function) }
        }
        viabilities = groups.mapValues { GroupViability($0) }
    }

    /// Positions of the rows by group, those without a group last.
    private var members: [(group: UInt32?, rows: [Int])] {
        let rows = list.rows
        let byGroup = Dictionary(grouping: rows.indices) { rows[$0].function.iommuGroup }
        return byGroup.sorted { ($0.key ?? .max, $0.value[0]) < ($1.key ?? .max, $1.value[0]) }.map {
            ($0.key, $0.value)
        }
    }

    func groups(_ style: Style, _ width: Int?) -> String {
        guard !list.rows.isEmpty else { return FunctionList.nothing }
        let members = self.members
        let marks = members.flatMap { _, rows in rows.map { $0 == rows.last ? "└─ " : "├─ " } }
        var branches = list.lines(members.flatMap(\.rows), style, width, hasGroups: false) { marks[$0] }.dropFirst()
        var lines: [String] = []
        for (group, rows) in members {
            lines += heading(group, style, width)
            for row in rows {
                if let branch = branches.popFirst() { lines.append(branch) }
                lines += further(row, row == rows.last ? "   " : "│  ", style)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The group and whether it is viable; the reason is on a line of its own where one line is too narrow.
    private func heading(_ group: UInt32?, _ style: Style, _ width: Int?) -> [String] {
        guard let group, let viability = viabilities[group] else { return [style.bold("no IOMMU group")] }
        let name = "IOMMU group \(group)"
        let text = viability.text
        let colour = viability.isViable ? style.good : { $0 }
        guard let width, name.count + 2 + text.count > width else { return ["\(style.bold(name))  \(colour(text))"] }
        return [style.bold(name)] + Paragraph.lines(text, width: width - 3, indent: 3).map(colour)
    }

    func topology(_ style: Style, _ width: Int?) -> String {
        guard !list.rows.isEmpty else { return FunctionList.nothing }
        let entries = Topology(list.rows.map(\.function)).entries
        let rows = order(entries)
        var branches = list.lines(rows, style, width, hasGroups: true) { entries[$0].mark }.dropFirst()
        var lines: [String] = []
        for (place, entry) in entries.enumerated() {
            if place == 0 || entries[place - 1].rootBus != entry.rootBus {
                lines.append(style.bold("root bus \(entry.rootBus)"))
            }
            if let branch = branches.popFirst() { lines.append(branch) }
            lines += further(rows[place], entry.continuation, style)
        }
        return lines.joined(separator: "\n")
    }

    private func order(_ entries: [Topology.Entry]) -> [Int] {
        let positions = Dictionary(
            list.rows.enumerated().map { ($0.element.function.address, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        return entries.compactMap { positions[$0.address] }
    }

    private func further(_ row: Int, _ mark: String, _ style: Style) -> [String] {
        (holders[list.rows[row].function.address] ?? []).map { mark + style.careful($0) }
    }

    // MARK: Graphs

    var groupGraph: String {
        var graph = Graph(name: "IOMMU groups")
        graph.frames = members.map { group, rows in
            let nodes = rows.map { node($0, hasGroup: false) }
            guard let group, let viability = viabilities[group] else {
                return Graph.Frame(title: ["no IOMMU group"], colour: "gray", nodes: nodes)
            }
            return Graph.Frame(
                title: ["IOMMU group \(group)", viability.isViable ? "viable" : "not viable"],
                colour: viability.isViable ? "forestgreen" : "gray", nodes: nodes)
        }
        return graph.text
    }

    var topologyGraph: String {
        var graph = Graph(name: "PCI topology")
        let entries = Topology(list.rows.map(\.function)).entries
        var roots: Set<String> = []
        for (row, entry) in zip(order(entries), entries) {
            let root = "root bus \(entry.rootBus)"
            if roots.insert(root).inserted {
                graph.nodes.append(Graph.Node(name: root, lines: [root], colour: "lightgray"))
            }
            graph.nodes.append(node(row, hasGroup: true))
            graph.edges.append((entry.parent?.description ?? root, entry.address.description))
        }
        return graph.text
    }

    private func node(_ row: Int, hasGroup: Bool) -> Graph.Node {
        let row = list.rows[row]
        let function = row.function
        var lines = ["\(function.address)  \(function.id)", "\(function.driver?.text ?? "no driver"), \(row.state)"]
        if hasGroup, let group = function.iommuGroup { lines.append("IOMMU group \(group)") }
        if let policy = row.policy { lines.append("policy \(policy)") }
        if !row.title.isEmpty { lines.append(row.title) }
        lines += holders[function.address] ?? []
        let colour: String? =
            switch row.state {
            case "passthrough": "palegreen"
            case "stuck", "contested": "lightcoral"
            case "held": "khaki"
            default: nil
            }
        return Graph.Node(name: function.address.description, lines: lines, colour: colour)
    }
}
