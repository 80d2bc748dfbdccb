import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Counts the faults that the suites try, and says at the end of the process how many of each there were (Tests/README.md).
enum Tally {
    private static let counts = Mutex<[String: Int]>([:])

    private static let saying: Void = {
        atexit {
            let lines = Tally.counts.withLock { $0 }.sorted { $0.key < $1.key }.map { "tried: \($0.value) \($0.key)" }
            print(lines.joined(separator: "\n"))
        }
    }()

    static func add(_ what: String, _ count: Int = 1) {
        _ = saying
        counts.withLock { $0[what, default: 0] += count }
    }
}
