import Glibc
import HostFiles
import Processes

/// A worker as its parent holds it: one that was forked for a unit ends with it; one that takes orders waits for the next.
package final class Worker {
    private var process: WorkerProcess
    /// The parent's end of the socket by which it takes orders and says that it waits; -1 where it takes none.
    private var orders: Int32 = -1
    /// Who gives it orders.
    private(set) weak var home: AnyObject?
    /// How many orders it was given.
    private(set) var orderCount = 0

    /// What a worker does.
    enum State {
        case working
        /// It is done, and takes an order.
        case waiting
        case ended
    }

    init(_ process: consuming WorkerProcess) { self.process = process }

    /// `orders` is closed with the worker's holder: what waits at its other end ends.
    init(_ process: consuming WorkerProcess, orders: consuming OpenFile, home: AnyObject) {
        self.process = process
        self.orders = orders.release()
        self.home = home
    }

    deinit { if orders >= 0 { close(orders) } }

    var pid: Int { process.pid }

    /// Readable when it is done with its unit, or has ended; what it says before wakes nobody.
    var descriptor: Int32 { orders >= 0 ? orders : process.descriptor }

    /// Gives it an order; false where it has ended meanwhile.
    func give(_ order: [UInt8]) -> Bool {
        orderCount += 1
        return tell(order)
    }

    /// Tells it what it need not answer; false where it has ended meanwhile, or does not listen.
    func tell(_ news: [UInt8]) -> Bool {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return news.withUnsafeBytes { send(orders, $0.baseAddress, $0.count, flags) } == news.count
    }

    /// Takes in what has come, without waiting.
    func drain() -> State {
        var word: UInt8 = 0
        // Before the messages, which it sends first.
        let isDone = orders >= 0 && recv(orders, &word, 1, Int32(MSG_DONTWAIT)) == 1
        let isOpen = process.drain()
        return isDone ? .waiting : isOpen ? .working : .ended
    }

    func takeMessage() -> [UInt8]? { process.takeMessage() }

    /// Collects one that has ended.
    func finish() { process.finish() }

    /// Ends one that waits.
    func dismiss() {
        close(orders)
        orders = -1
        process.awaitEnd(patience: 1000)
    }
}
