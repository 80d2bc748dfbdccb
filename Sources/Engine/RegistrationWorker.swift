package import HostFiles
package import Passthrough
import SystemPackage

/// Registers ids that no present function needs, and takes back those that nobody needs, in a process of its own: the walk of
/// `new_id` takes the lock of every function (drivers/base/bus.c, bus_for_each_dev).
package enum RegistrationWorker {
    private static let patience = 30_000

    /// Registers; an id whose write does not come back in time has the result ETIMEDOUT.
    package static func register(_ registrations: [Registration], root: Root) -> [RegistrationOutcome] {
        let registrar = Registrar.besideWorkers(of: [], root: root)
        let results = run(registrations.count, root) { registrar.register([registrations[$0]])[0].result }
        return zip(registrations, results).map { RegistrationOutcome(registration: $0, result: $1) }
    }

    /// Takes back every id that this program registered and no rebound function depends on; those that it took.
    package static func removeUnneeded(root: Root, keeping kept: (DriverName, PCIID) -> Bool) -> [PCIID] {
        let unneeded = unneeded(root: root, keeping: kept)
        let registrar = Registrar(kernel: HostKernel(root: root), root: root)
        let results = run(unneeded.count, root) { index in
            registrar.perform(.removeID(unneeded[index].id, from: unneeded[index].driver, for: nil)).result
        }
        return zip(unneeded, results).filter { $0.1 == "ok" }.map(\.0.id)
    }

    /// The ids that this program registered and that no rebound function depends on.
    static func unneeded(
        root: Root, keeping kept: (DriverName, PCIID) -> Bool
    ) -> [(driver: DriverName, id: PCIID)] {
        let state = StateFolder(root: root)
        let registrations = state.registrations()
        guard !registrations.isEmpty else { return [] }
        let snapshot = HostSnapshot(functions: [], records: state.records().records)
        return registrations.filter {
            !kept($0.driver, $0.id) && !ReleasePlan.isNeeded($0.id, $0.driver, besides: nil, snapshot)
        }
    }

    private static func run(_ count: Int, _ root: Root, _ body: (Int) -> String) -> [String] {
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
