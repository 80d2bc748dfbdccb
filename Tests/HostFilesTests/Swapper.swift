import Glibc
import HostFiles
import SystemPackage

/// A thread that replaces a link by one to another target, again and again; rename(2) does it at once.
final class Swapper: @unchecked Sendable {
    private let path: String
    private let targets: [String]
    private var thread = pthread_t()
    private var lock = pthread_mutex_t()
    private var isStopped = false
    private var exchanges = 0

    init(_ path: String, _ targets: [String]) throws(Errno) {
        self.path = path
        self.targets = targets
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
            for target in targets where symlink(target, path + ".new") == 0 && rename(path + ".new", path) == 0 {
                withLock { exchanges += 1 }
            }
        }
    }

    private func withLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(&lock)
        defer { pthread_mutex_unlock(&lock) }
        return body()
    }

    /// How often it was replaced.
    var count: Int { withLock { exchanges } }

    func stop() {
        withLock { isStopped = true }
        pthread_join(thread, nil)
    }
}
