/// A graph in the DOT language of Graphviz.
package struct Graph: Sendable {
    package struct Node: Sendable, Hashable {
        let name: String
        let lines: [String]
        /// The name of a Graphviz colour; nil for none.
        let colour: String?

        package init(name: String, lines: [String], colour: String? = nil) {
            self.name = name
            self.lines = lines
            self.colour = colour
        }
    }

    /// Nodes in a frame with a title.
    package struct Frame: Sendable, Hashable {
        let title: [String]
        let colour: String
        let nodes: [Node]

        package init(title: [String], colour: String, nodes: [Node]) {
            self.title = title
            self.colour = colour
            self.nodes = nodes
        }
    }

    let name: String
    package var frames: [Frame] = []
    package var nodes: [Node] = []
    package var edges: [(from: String, to: String)] = []

    package init(name: String) { self.name = name }

    /// The text for dot(1). Without edges the frames stand in rows: an invisible edge leads from one to the one below.
    package var text: String {
        var lines = [
            "graph \(Graph.quoted([name])) {", "  rankdir=LR",
            "  node [shape=box, style=filled, fillcolor=white, fontname=\"monospace\"]",
            "  graph [fontname=\"sans-serif\", style=rounded]",
        ]
        for (number, frame) in frames.enumerated() {
            lines.append("  subgraph \"cluster_\(number)\" {")
            lines.append("    label=\(Graph.quoted(frame.title))")
            lines.append("    color=\(frame.colour)")
            lines += frame.nodes.map { "    \(Graph.text($0))" } + ["  }"]
        }
        lines += nodes.map { "  \(Graph.text($0))" }
        lines += edges.map { "  \(Graph.quoted([$0.from])) -- \(Graph.quoted([$0.to]))" }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private static func text(_ node: Node) -> String {
        let colour = node.colour.map { ", fillcolor=\($0)" } ?? ""
        return "\(quoted([node.name])) [label=\(quoted(node.lines))\(colour)]"
    }

    /// A quoted string: quotes and backslashes escaped (a label reads `\N` and its like as names), control characters left out.
    static func quoted(_ lines: [String]) -> String {
        let escaped = lines.map { line in
            line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.map { scalar in
                scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : String(scalar)
            }.joined()
        }
        return "\"\(escaped.joined(separator: "\\n"))\""
    }
}
