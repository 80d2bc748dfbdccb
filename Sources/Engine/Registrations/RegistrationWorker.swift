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
        let results = run(registrations.count, root, patience) { registrar.register([registrations[$0]])[0].result }
        return zip(registrations, results).map { RegistrationOutcome(registration: $0, result: $1) }
    }

    /// Takes ids back, and says what became of each; what does not come back within so many milliseconds has the result ETIMEDOUT.
    package static func withdraw(
        _ withdrawals: [Withdrawal], root: Root, patience: Int = patience
    ) -> [WithdrawalOutcome] {
        let registrar = Registrar(kernel: HostKernel(root: root), root: root)
        let results = run(withdrawals.count, root, patience) { registrar.withdraw(withdrawals[$0]).result }
        return zip(withdrawals, results).map { WithdrawalOutcome(withdrawal: $0, result: $1) }
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
        return registered.filter { !ReleasePlan.isNeeded($0.id, $0.driver, besides: nil, snapshot) }
            .map { Withdrawal(id: $0.id, driver: $0.driver) }.sorted()
    }

    private static func run(_ count: Int, _ root: Root, _ patience: Int, _ body: (Int) -> String) -> [String] {
        guard count > 0 else { return [] }
        var worker: WorkerProcess
        do throws(Errno) {
            worker = try WorkerProcess.start(keeping: root) { pipe in
                for index in 0..<count { pipe.send(Array(body(index).utf8)) }
            }
        } catch {
            return Array(repeating: error.symbol, count: count)
        }
        var results: [String] = []
        while results.count < count, let message = worker.receive(patience: patience) {
            results.append(String(decoding: message, as: UTF8.self))
        }
        if results.count == count { worker.finish() }
        return results + Array(repeating: "ETIMEDOUT", count: count - results.count)
    }
}
