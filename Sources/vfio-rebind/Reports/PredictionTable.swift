import Passthrough

/// The drivers before and after a plan, a line for each function whose driver changes.
struct PredictionTable {
    private let rows: [Row]

    private struct Row {
        let address: String
        let before: String
        let after: String
        /// Why a function without steps in the plan changes; empty for all others.
        let note: String
    }

    init(_ plan: HostPlan) {
        let decided = Dictionary(
            plan.functions.map { ($0.function.address, $0) }, uniquingKeysWith: { first, _ in first })
        rows = plan.predicted.sorted { $0.key < $1.key }.map { address, driver in
            let own = decided[address]
            return Row(
                address: address.description, before: own?.function.driver?.text ?? "none",
                after: driver?.text ?? "none",
                note: own?.decision == .rebind ? "" : "also bound: same device ID, currently without a driver")
        }
    }

    func lines(_ style: Style) -> [String] {
        guard !rows.isEmpty else { return [] }
        let widths = (rows.map(\.address.count).max() ?? 0, rows.map(\.before.count).max() ?? 0)
        let hasNotes = rows.contains { !$0.note.isEmpty }
        let last = hasNotes ? rows.map(\.after.count).max() ?? 0 : 0
        return [style.bold("Drivers afterwards:")]
            + rows.map { row in
                let line =
                    "  \(padded(row.address, widths.0))  \(padded(row.before, widths.1)) → \(style.good(row.after))"
                guard !row.note.isEmpty else { return line }
                let gap = String(repeating: " ", count: last - row.after.count)
                return "\(line)\(gap)  \(style.faint(row.note))"
            }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
