/// One thing that happened to a function, as far as it is still known.
package struct HistoryEntry: Sendable, Hashable {
    /// Seconds since 1970.
    package let time: Int64
    /// `rebind to vfio-pci by new_id for policy roce`.
    package let what: String
    package let result: String

    package init(time: Int64, what: String, result: String) {
        self.time = time
        self.what = what
        self.result = result
    }

    /// What a record says; with `isGone`, of a card that another one has followed.
    package init(_ record: FunctionRecord, isGone: Bool) {
        let before = record.nativeDriver?.text ?? "none"
        let whom = record.policy.map { "for policy \($0)" } ?? "by hand"
        let what =
            record.phase == .releasing
            ? "release to \(before)"
            : "rebind to \(record.target) by \(record.method.rawValue) \(whom), driver before: \(before)"
        let note = record.note.isEmpty ? record.phase.rawValue : record.note
        self.init(time: record.time, what: what, result: isGone ? "\(note) (another card, which is gone)" : note)
    }
}
