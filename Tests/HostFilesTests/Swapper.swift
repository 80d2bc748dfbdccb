import Glibc
import HostFiles
import SystemPackage

/// A thread that exchanges two paths again and again (renameat2(2), RENAME_EXCHANGE).
final class Swapper: @unchecked Sendable {
    private let paths: (String, String)
    private var thread = pthread_t()
    private var lock = pthread_mutex_t()
    private var isStopped = false
    private var exchanges = 0

    init(_ first: String, _ second: String) throws(Errno) {
        paths = (first, second)
        pthread_mutex_init(&lock, nil)
        let argument = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Swapper>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        guard failure == 0 else { throw Errno(rawValue: failure) }
    }

    deinit { pthread_mutex_destroy(&lock) }

    private func run() {
        while !withLock({ isStopped }) {
            let failure = renameat2(AT_FDCWD, paths.0, AT_FDCWD, paths.1, UInt32(RENAME_EXCHANGE))
            if failure == 0 { withLock { exchanges += 1 } }
        }
    }

    private func withLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(&lock)
        defer { pthread_mutex_unlock(&lock) }
        return body()
    }

    /// How often they were exchanged.
    var count: Int { withLock { exchanges } }

    func stop() {
        withLock { isStopped = true }
        pthread_join(thread, nil)
    }
}
