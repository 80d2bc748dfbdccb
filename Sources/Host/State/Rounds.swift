package import HostFiles
package import Passthrough
import Processes

/// How often a function was rebound because of events: one that somebody takes back again and again is left alone.
///
/// A failure counts too where no monitor runs: its undo binds the old driver, and that is an event again. A running monitor tries again by
/// the clock, and `handle` leaves the function to it.
package struct Rounds {
    private let root: Root

    package init(root: Root) { self.root = root }

    /// So many rounds within so many seconds are one too many for the next.
    private static let limit = 3
    private static let window: Int64 = 60

    private struct Count {
        /// Of the function, as in its record: another card begins anew.
        var instance: UInt64
        var isContested: Bool
        /// Whether the last try failed and the monitor is to try again.
        var isMonitors = false
        /// Seconds of CLOCK_MONOTONIC, which nobody sets back, oldest first.
        var times: [Int64]
    }

    /// Why the function is to be left alone; nil where it is not.
    package func refusal(of address: PCIAddress, instance: () -> UInt64?) -> String? {
        guard var count = count(of: address), count.instance == instance() else { return nil }
        if !count.isContested {
            let recent = count.times.filter { $0 > Clock.seconds - Rounds.window }
            guard recent.count >= Rounds.limit else { return nil }
            count.isContested = true
            save(count, of: address)
        }
        return
            "rebound \(Rounds.limit) times in \(Rounds.window) s and taken back or refused each time; not retried until "
            + "`vfio-rebind apply \(address)`"
    }

    /// Counts one round.
    package func add(_ address: PCIAddress) {
        guard let instance = HostReader(root: root).instance(of: address) else { return }
        var count = count(of: address) ?? Count(instance: instance, isContested: false, times: [])
        if count.instance != instance { count = Count(instance: instance, isContested: false, times: []) }
        count.times = count.times.suffix(Rounds.limit - 1) + [Clock.seconds]
        count.isMonitors = false
        save(count, of: address)
    }

    /// Leaves a function whose rebind failed to the monitor.
    package func leaveToMonitor(_ address: PCIAddress) {
        guard let instance = HostReader(root: root).instance(of: address) else { return }
        var count = count(of: address) ?? Count(instance: instance, isContested: false, times: [])
        if count.instance != instance { count = Count(instance: instance, isContested: false, times: []) }
        count.isMonitors = true
        save(count, of: address)
    }

    /// Why events of a function that is there now are answered by nobody, or by a monitor that still runs; nil where they are.
    func pause(of address: PCIAddress) -> EventPause? {
        guard let count = count(of: address), count.isContested || count.isMonitors,
            count.instance == HostReader(root: root).instance(of: address)
        else { return nil }
        if count.isContested { return .contested }
        return LockSet.isHeld(LockSet.monitorKey, root: root) ? .leftToMonitor : nil
    }

    /// Begins anew, as when the function was named on the command line.
    package func clear(_ address: PCIAddress) { try? root.remove(path(address)) }

    /// When the rounds of the function that is there now were, oldest first; nil without any.
    func times(of address: PCIAddress) -> (times: [Int64], isContested: Bool)? {
        guard let count = count(of: address), count.instance == HostReader(root: root).instance(of: address) else {
            return nil
        }
        return (count.times, count.isContested)
    }

    private func path(_ address: PCIAddress) -> String { "\(StatePath.rounds)/\(address)" }

    private func count(of address: PCIAddress) -> Count? {
        guard let words = root.attribute(path(address))?.split(separator: " "), words.count >= 2,
            let instance = UInt64(words[0])
        else { return nil }
        return Count(
            instance: instance, isContested: words[1] == "contested", isMonitors: words[1] == "monitor",
            times: words.dropFirst(2).compactMap { Int64($0) })
    }

    private func save(_ count: Count, of address: PCIAddress) {
        let state = count.isContested ? "contested" : count.isMonitors ? "monitor" : "counting"
        let words = [String(count.instance), state] + count.times.map(String.init)
        try? root.makeFolder(StatePath.rounds)
        try? root.replace(path(address), Array((words.joined(separator: " ") + "\n").utf8))
    }
}

extension StateFolder {
    /// Ends `contested` and begins to count anew, as when the policy of a function is another.
    package func endContest(of address: PCIAddress) { Rounds(root: root).clear(address) }

    /// Why an event of the function does not make it rebound; nil where it may.
    package func eventPause(of address: PCIAddress) -> EventPause? { Rounds(root: root).pause(of: address) }

    /// The functions that are left alone because somebody takes them back: all, or those among these.
    package func contested(among addresses: [PCIAddress]? = nil) -> Set<PCIAddress> {
        var contested: Set<PCIAddress> = []
        let names = try? root.names(in: StatePath.rounds)
        for address in addresses ?? (names ?? []).compactMap({ PCIAddress($0) }) {
            guard let text = root.attribute("\(StatePath.rounds)/\(address)") else { continue }
            let words = text.split(separator: " ")
            guard words.count > 1, words[1] == "contested",
                UInt64(words[0]) == HostReader(root: root).instance(of: address)
            else { continue }
            contested.insert(address)
        }
        return contested
    }
}
