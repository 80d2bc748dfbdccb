import Host
package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// Registers ids that no present function needs, and takes back those that nobody needs, in a process of its own: the walk of
/// `new_id` takes the lock of every function (drivers/base/bus.c, bus_for_each_dev).
package enum RegistrationWorker {
    /// Milliseconds for one id.
    package static let patience = 30_000

    /// Registers; an id whose write does not come back in time has the result ETIMEDOUT.
    package static func register(_ registrations: [Registration], root: Root) -> [RegistrationOutcome] {
        let registrar = Registrar.besideWorkers(of: [], root: root)
        let replies = run(registrations.count, root, patience) {
            RegistrationReply(registrar.register([registrations[$0]])[0])
        }
        return zip(registrations, replies).map { $1.outcome(of: $0) }
    }

    /// Takes ids back, and says what became of each; what does not come back within so many milliseconds has the result ETIMEDOUT.
    package static func withdraw(
        _ withdrawals: [Withdrawal], root: Root, patience: Int = patience
    ) -> [WithdrawalOutcome] {
        let registrar = Registrar(kernel: root.kernel(), root: root)
        let replies = run(withdrawals.count, root, patience) {
            RegistrationReply(registrar.withdraw(withdrawals[$0]))
        }
        return zip(withdrawals, replies).map { WithdrawalOutcome(withdrawal: $0, result: $1.result) }
    }

    /// What this program registered and no function that is there and that it rebound has, but those that are released.
    package static func unneeded(besides released: Set<PCIAddress> = [], root: Root) -> [Withdrawal] {
        let registered = StateFolder(root: root).registrations()
        guard !registered.isEmpty else { return [] }
        var records = StateFolder(root: root).records().records
        let reader = HostReader(root: root)
        for (address, record) in records
        where released.contains(address) || reader.instance(of: address) != record.instance {
            records[address] = nil
        }
        let snapshot = HostSnapshot(functions: [], records: records)
        return registered.filter { !snapshot.needs($0.id, with: $0.driver) }
            .map { Withdrawal(id: $0.id, driver: $0.driver) }.sorted()
    }

    private static func run(
        _ count: Int, _ root: Root, _ patience: Int, _ body: (Int) -> RegistrationReply
    ) -> [RegistrationReply] {
        guard count > 0 else { return [] }
        var worker: WorkerProcess
        do throws(Errno) {
            worker = try WorkerProcess.start(keeping: root) { pipe in
                for index in 0..<count { pipe.send(body(index).bytes) }
            }
        } catch {
            let reply = RegistrationReply(result: error.symbol, reason: "starting a worker: \(error)")
            return Array(repeating: reply, count: count)
        }
        var replies: [RegistrationReply] = []
        while replies.count < count, let message = worker.receive(patience: patience) {
            replies.append(RegistrationReply(message))
        }
        if replies.count == count { worker.finish() }
        return replies + Array(repeating: .timedOut, count: count - replies.count)
    }
}
