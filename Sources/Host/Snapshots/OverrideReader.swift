package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// Reads `driver_override`, which takes the device's lock before Linux 7.1 and so may hang behind a driver that does.
package enum OverrideReader: Sendable {
    /// Reads here: in a worker, or below another root.
    case direct(Root)
    /// Reads in a process of its own with a deadline for each function: where nobody may hang.
    case inWorker(Root)

    /// What suits a root: only on the host itself may a read hang.
    package init(_ root: Root) { self = root.isHost ? .inWorker(root) : .direct(root) }

    /// The values; a function that could not be read in time is missing.
    package func overrides(of addresses: [PCIAddress]) -> [PCIAddress: String?] {
        switch self {
        case .direct(let root):
            let reader = HostReader(root: root)
            return Dictionary(uniqueKeysWithValues: addresses.map { ($0, reader.driverOverride(of: $0)) })
        case .inWorker(let root):
            return readInWorkers(addresses, root)
        }
    }

    private static let patience = 1000

    private func readInWorkers(_ addresses: [PCIAddress], _ root: Root) -> [PCIAddress: String?] {
        var values: [PCIAddress: String?] = [:]
        // One that is known to hang is not tried: it would only leave another process behind.
        let stuck = StateFolder(root: root).stuck()
        var rest = addresses.filter { stuck[$0] == nil }[...]
        while !rest.isEmpty {
            let todo = Array(rest)
            var worker: WorkerProcess
            do throws(Errno) {
                worker = try WorkerProcess.start(keeping: root) { pipe in
                    let reader = HostReader(root: root)
                    for address in todo { pipe.send(Array((reader.driverOverride(of: address) ?? "(null)").utf8)) }
                }
            } catch {
                return values
            }
            while !rest.isEmpty, let bytes = worker.receive(patience: OverrideReader.patience) {
                let text = String(decoding: bytes, as: UTF8.self)
                values[rest.removeFirst()] = .some(text == "(null)" ? nil : text)
            }
            // The one that did not come is left out, and so is the process that waits for it.
            if !rest.isEmpty { rest.removeFirst() }
        }
        return values
    }
}
