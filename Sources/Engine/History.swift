import HostFiles
package import Passthrough

/// One thing that happened to a function, as far as it is still known.
package struct HistoryEntry: Sendable, Hashable {
    /// Seconds since 1970.
    package let time: Int64
    /// `rebind to vfio-pci by new_id for policy roce`.
    package let what: String
    package let result: String
}

extension StateFolder {
    /// What is known of a function since the boot, the last thing first: its record, its hold, rounds, a worker that is stuck.
    package func history(of address: PCIAddress) -> [HistoryEntry] {
        var entries: [HistoryEntry] = []
        if let record = record(of: address) {
            let isGone = HostReader(root: root).instance(of: address) != record.instance
            entries.append(HistoryEntry(record, isGone: isGone))
        }
        if let time = time(of: StatePath.hold(address)) {
            entries.append(
                HistoryEntry(time: time, what: "release", result: "on hold until it is applied by its address"))
        }
        if let rounds = Rounds(root: root).times(of: address) {
            let end = rounds.isContested ? "; then it was left alone as contested" : ""
            for (number, time) in rounds.times.enumerated() {
                let isLast = number + 1 == rounds.times.count
                entries.append(
                    HistoryEntry(
                        time: time, what: "round \(number + 1) because of an event",
                        result: "rebound, or tried\(isLast ? end : "")"))
            }
        }
        if let text = stuck()[address], let time = time(of: "\(StatePath.stuck)/\(address)") {
            entries.append(HistoryEntry(time: time, what: "write", result: "stuck: \(text)"))
        }
        return entries.sorted { $0.time > $1.time }
    }

    private func time(of path: String) -> Int64? {
        (try? root.status(path)).map { $0.modified / 1_000_000_000 }
    }
}

extension HistoryEntry {
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
