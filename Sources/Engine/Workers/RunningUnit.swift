import Glibc
import Host
package import HostFiles
package import Passthrough
import Processes

/// A unit whose worker is under way, as its parent sees it.
package final class RunningUnit {
    package let unit: WorkUnit
    private let worker: Worker
    package private(set) var outcomes: [FunctionOutcome] = []
    /// Whether the worker did nothing, and the unit is to be looked at by its parent.
    package private(set) var isDeclined = false
    /// Whether nothing more is waited for: the worker is done, has ended, or was left behind.
    package private(set) var isOver = false
    /// The worker, once it is done and takes another unit.
    package private(set) var waitingWorker: Worker?
    /// The time of `Clock` at which the worker is given up.
    package private(set) var deadline: Int64
    private var step: Step?

    /// When it was looked at last.
    private var lastLook: Int64

    init(unit: WorkUnit, worker: Worker, patience: Int) {
        self.unit = unit
        self.worker = worker
        lastLook = Clock.milliseconds
        // Locks, then reading: no step has begun yet.
        deadline = lastLook + Int64(patience) + RunningUnit.readingTime
    }

    private static let readingTime: Int64 = 30_000

    package var descriptor: Int32 { worker.descriptor }

    var pid: Int { worker.pid }

    /// When to look what it says, in the time of `Clock`: it wakes its parent when it is done, not at each step.
    package var nextLook: Int64 { min(deadline, lastLook + RunningUnit.pause) }

    private static let pause: Int64 = 500

    /// Takes in what the worker said, and gives it up where its time is over.
    package func advance(deadline limit: Int64?, root: Root) {
        lastLook = Clock.milliseconds
        let state = worker.drain()
        while let message = worker.takeMessage() { take(message) }
        switch state {
        case .waiting:
            waitingWorker = worker
            end()
        case .ended:
            worker.finish()
            end()
        case .working:
            if lastLook >= min(deadline, limit ?? .max) { giveUp(root) }
        }
    }

    private func take(_ message: [UInt8]) {
        switch WorkerMessage(message) {
        case .began(let step, let seconds):
            self.step = step
            // A little more than the worker itself allows, so that what is done in time is heard of.
            deadline = Clock.milliseconds + Int64(seconds) * 1000 + 500
        case .ended(let outcome):
            outcomes.append(outcome)
        case .declined:
            isDeclined = true
        case nil:
            break
        }
    }

    private var missing: [PCIAddress] {
        let known = Set(outcomes.map(\.address))
        return unit.addresses.filter { !known.contains($0) }
    }

    private func end() {
        isOver = true
        guard !isDeclined else { return }
        outcomes += missing.map {
            FunctionOutcome(
                address: $0, outcome: .failed,
                error:
                    "its worker process died; run `vfio-rebind apply` to recover"
            )
        }
    }

    /// Leaves the worker behind. It cannot be killed while it waits in the kernel, and finishes or undoes when that lets go.
    private func giveUp(_ root: Root) {
        isOver = true
        let channel = ProcessState.waitChannel(of: worker.pid).map { " in \($0)" } ?? ""
        let doing = step.map { "\($0.operation.rawValue) (\($0.value) > \($0.path ?? "modprobe"))" } ?? "reading"
        let text =
            "\(doing) is blocked in the kernel: process \(worker.pid) waits\(channel) since \(Timestamp.text(Clock.now)); it finishes or undoes the change when the write returns"
        for address in missing {
            try? StateFolder(root: root).markStuck(address, worker: worker.pid, text)
            outcomes.append(
                FunctionOutcome(
                    address: address, outcome: .stuck, driver: HostReader(root: root).driver(of: address), error: text))
        }
    }
}
