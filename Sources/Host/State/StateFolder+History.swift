import HostFiles
package import Passthrough
import Processes

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
            let end = rounds.isContested ? "; not retried since: contested" : ""
            for (number, time) in rounds.times.enumerated() {
                let isLast = number + 1 == rounds.times.count
                entries.append(
                    HistoryEntry(
                        time: Clock.wallTime(ofSecond: time), what: "retry \(number + 1) because of an event",
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
