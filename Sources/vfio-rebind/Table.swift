/// Columns of text, as wide as their content; the last one is cut where the terminal ends.
struct Table {
    struct Cell {
        let text: String
        let paint: (String) -> String

        init(_ text: String, _ paint: @escaping (String) -> String = { $0 }) {
            self.text = text
            self.paint = paint
        }
    }

    private let headings: [String]
    private var rows: [[Cell]] = []

    init(headings: [String]) { self.headings = headings }

    mutating func add(_ row: [Cell]) { rows.append(row) }

    /// The table; a column that is empty throughout (only `-`) is left out.
    func text(width: Int?, heading: @escaping (String) -> String) -> String {
        let shown = headings.indices.filter { column in
            column == 0 || rows.contains { !$0[column].text.isEmpty && $0[column].text != "-" }
        }
        let widths = headings.indices.map { column in
            rows.reduce(headings[column].count) { max($0, $1[column].text.count) }
        }
        func line(_ cells: [Cell]) -> String {
            var line = ""
            var used = 0
            for column in shown {
                let isLast = column == shown.last
                var text = cells[column].text
                if isLast, let width, used + text.count > width { text = Table.cut(text, to: width - used) }
                line += cells[column].paint(text)
                if !isLast {
                    line += String(repeating: " ", count: widths[column] - text.count + 2)
                    used += widths[column] + 2
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
        return ([line(headings.map { Cell($0, heading) })] + rows.map(line)).joined(separator: "\n")
    }

    private static func cut(_ text: String, to width: Int) -> String {
        guard width > 1 else { return "" }
        return text.prefix(width - 1) + "…"
    }
}
