import Glibc
package import HostFiles
package import Passthrough
import Processes
package import SystemPackage

/// Ids on their way to drivers and back, in a worker, as the monitor sees them.
package final class RunningRegistrations {
    private var worker: WorkerProcess
    private let withdrawals: [Withdrawal]
    private let registrations: [Registration]
    private var replies: [RegistrationReply] = []
    /// Whether all is done, or the worker was left behind.
    package private(set) var isOver = false
    /// The time of `Clock` at which it is given up.
    package private(set) var deadline: Int64

    private static let patience: Int64 = 30_000

    /// Takes back what is not wanted any more, then registers what is new; nil where there is nothing to do.
    package static func start(
        _ registrations: [Registration], withdrawing withdrawals: [Withdrawal], root: Root
    ) throws(Errno) -> RunningRegistrations? {
        guard !registrations.isEmpty || !withdrawals.isEmpty else { return nil }
        let worker = try WorkerProcess.start(keeping: root) { pipe in
            let registrar = Registrar.besideWorkers(of: [], root: root)
            for withdrawal in withdrawals { pipe.send(RegistrationReply(registrar.withdraw(withdrawal)).bytes) }
            for registration in registrations {
                pipe.send(RegistrationReply(registrar.register([registration])[0]).bytes)
            }
        }
        return RunningRegistrations(worker, withdrawals, registrations)
    }

    private init(
        _ worker: consuming WorkerProcess, _ withdrawals: [Withdrawal], _ registrations: [Registration]
    ) {
        self.worker = worker
        self.withdrawals = withdrawals
        self.registrations = registrations
        deadline = Clock.milliseconds + RunningRegistrations.patience
    }

    package var descriptor: Int32 { worker.descriptor }

    /// Takes in what the worker said, and gives it up where its time is over.
    package func advance() {
        let hasEnded = !worker.drain()
        while let message = worker.takeMessage() {
            replies.append(RegistrationReply(message))
            deadline = Clock.milliseconds + RunningRegistrations.patience
        }
        if hasEnded {
            isOver = true
            worker.finish()
        } else if Clock.milliseconds >= deadline {
            isOver = true
        }
    }

    /// The ids that were taken back.
    package var removed: [PCIID] { zip(withdrawals, replies).filter { $0.1.result == "ok" }.map(\.0.id) }

    /// Whether an ID that is to be removed could not be.
    package var hasFailedWithdrawals: Bool {
        replies.count < withdrawals.count
            || !replies.prefix(withdrawals.count).allSatisfy { ["ok", "ENODEV", "ENOENT"].contains($0.result) }
    }

    /// What became of each registration; ETIMEDOUT where the write did not come back.
    package var outcomes: [RegistrationOutcome] {
        registrations.enumerated().map { index, registration in
            let place = withdrawals.count + index
            return (place < replies.count ? replies[place] : .timedOut).outcome(of: registration)
        }
    }
}
