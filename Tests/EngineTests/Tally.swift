import Foundation

/// Counts the faults that the suites try, and says at the end of the process how many of each there were (Tests/README.md).
enum Tally {
    // Not a Mutex: the thread sanitizer does not see how that one locks.
    private static let lock = NSLock()
    nonisolated(unsafe) private static var counts: [String: Int] = [:]

    private static let saying: Void = {
        atexit {
            let lines = Tally.lock.withLock { Tally.counts }.sorted { $0.key < $1.key }
            print(lines.map { "tried: \($0.value) \($0.key)" }.joined(separator: "\n"))
        }
    }()

    static func add(_ what: String, _ count: Int = 1) {
        _ = saying
        lock.withLock { counts[what, default: 0] += count }
    }
}
