/// Columns of text, as wide as their content; where a terminal ends, the wide ones are cut.
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
    /// The columns that are cut first; the last one always is.
    private let flexible: Set<Int>
    private var rows: [[Cell]] = []

    /// Below this no column is cut while others can be.
    private static let least = 8

    init(headings: [String], flexible: Set<String> = []) {
        self.headings = headings
        self.flexible = Set(headings.indices.filter { flexible.contains(headings[$0]) })
    }

    mutating func add(_ row: [Cell]) { rows.append(row) }

    /// The heading and a line a row; a column that is empty throughout (only `-`) is left out.
    func lines(width: Int?, heading: @escaping (String) -> String) -> [String] {
        let shown = headings.indices.filter { column in
            column == 0 || rows.contains { !$0[column].text.isEmpty && $0[column].text != "-" }
        }
        let widths = fittedWidths(shown, width)
        return ([headings.map { Cell($0, heading) }] + rows).map { Table.line($0, shown, widths, width) }
    }

    private func fittedWidths(_ shown: [Int], _ width: Int?) -> [Int] {
        var widths = headings.indices.map { column in
            rows.reduce(headings[column].count) { max($0, $1[column].text.count) }
        }
        guard let width, let last = shown.last else { return widths }
        let gaps = 2 * (shown.count - 1)
        while shown.reduce(gaps, { $0 + ($1 == last ? min(widths[last], Table.least) : widths[$1]) }) > width {
            let wide = shown.filter { flexible.contains($0) && $0 != last && widths[$0] > Table.least }
            guard let widest = wide.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private static func line(_ cells: [Cell], _ shown: [Int], _ widths: [Int], _ width: Int?) -> String {
        var line = ""
        var used = 0
        for column in shown {
            let room = min(widths[column], width.map { $0 - used } ?? .max)
            guard room > 0 else { break }
            let text = cut(cells[column].text, to: room)
            line += cells[column].paint(text)
            if column != shown.last { line += String(repeating: " ", count: widths[column] - text.count + 2) }
            used += widths[column] + 2
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 1) + "…"
    }
}
