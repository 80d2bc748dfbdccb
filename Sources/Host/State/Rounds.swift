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

    private struct Count {
        /// Of the function, as in its record: another card begins anew.
        var instance: UInt64
        var isContested: Bool
        /// Whether the last try failed and the monitor is to try again.
        var isMonitors = false
        /// Seconds of CLOCK_MONOTONIC, which nobody sets back, oldest first.
        var times: [Int64]

        var isOverLimit: Bool {
            times.count { $0 > Clock.seconds - RebindLimit.seconds } >= RebindLimit.rounds
        }
    }

    /// Whether the function that has this instance is to be left alone.
    package func isContested(_ address: PCIAddress, instance: () -> UInt64?) -> Bool {
        guard let count = count(of: address), count.isContested || count.isOverLimit else { return false }
        return count.instance == instance()
    }

    /// Writes down that the function is contested, which then outlasts the time in which its rounds count.
    package func keepContested(_ address: PCIAddress) {
        guard var count = count(of: address), !count.isContested else { return }
        count.isContested = true
        save(count, of: address)
    }

    /// Counts one round.
    package func add(_ address: PCIAddress) {
        guard let instance = HostReader(root: root).instance(of: address) else { return }
        var count = count(of: address) ?? Count(instance: instance, isContested: false, times: [])
        if count.instance != instance { count = Count(instance: instance, isContested: false, times: []) }
        count.times = count.times.suffix(RebindLimit.rounds - 1) + [Clock.seconds]
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
        let names = addresses == nil ? try? root.names(in: StatePath.rounds) : nil
        let host = HostReader(root: root)
        return Set(
            (addresses ?? (names ?? []).compactMap { PCIAddress($0) }).filter { address in
                Rounds(root: root).isContested(address) { host.instance(of: address) }
            })
    }
}
