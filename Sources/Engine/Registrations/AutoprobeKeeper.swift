import Host
package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// Keeps drivers of the host away from VFs that policies take, by `sriov_drivers_autoprobe` of their PF, and gives it back.
///
/// With 0 a new VF gets no driver but by an override (drivers/pci/pci-driver.c, `pci_device_can_probe`): its native driver never touches it. The
/// old value is written down first, for the PF that is there now, and comes back when no policy and no rebound VF needs it.
package struct AutoprobeKeeper {
    private let root: Root
    private let host: HostReader

    package init(root: Root) {
        self.root = root
        host = HostReader(root: root, wanted: .virtualFunctions)
    }

    /// What was done for one PF, in words.
    package struct Change: Sendable, Hashable {
        package let address: PCIAddress
        package let isOff: Bool
        /// Why it could not be done; nil where it was.
        package let problem: String?

        package var text: String {
            if let problem { return "\(address): sriov_drivers_autoprobe could not be set: \(problem)" }
            return isOff
                ? "\(address): sriov_drivers_autoprobe set to 0: new VFs are not bound to host drivers"
                : "\(address): sriov_drivers_autoprobe set to 1: new VFs are bound to host drivers again"
        }
    }

    /// Makes it true for these functions, of which those that are no PFs are passed over.
    package func keep(_ functions: [PCIFunction], policies: PolicySet) -> [Change] {
        let written = Set(self.written)
        return functions.compactMap { parent in
            let isTaken = policies.takerOfVirtualFunctions(of: parent) != nil
            if isTaken, parent.identity.virtualFunctions?.probesDrivers == true { return switchOff(parent.address) }
            return isTaken || !written.contains(parent.address) ? nil : giveBack(parent.address)
        }
    }

    /// Gives back what was switched off for PFs of which no VF is rebound any more; nil is all of them.
    package func restore(_ addresses: Set<PCIAddress>?) -> [Change] {
        written.filter { addresses?.contains($0) ?? true }.compactMap { giveBack($0) }
    }

    /// PFs of which something is written down.
    private var written: [PCIAddress] {
        ((try? root.names(in: AutoprobeKeeper.folder)) ?? []).compactMap { PCIAddress($0) }.sorted()
    }

    private static let folder = "\(StatePath.folder)/autoprobe"

    private func file(_ address: PCIAddress) -> String { "\(AutoprobeKeeper.folder)/\(address)" }

    private func attribute(_ address: PCIAddress) -> String { "\(SysfsPath.device(address))/sriov_drivers_autoprobe" }

    private func switchOff(_ address: PCIAddress) -> Change? {
        guard let instance = host.instance(of: address) else { return nil }
        do throws(Errno) {
            try root.makeFolder(AutoprobeKeeper.folder)
            try root.replace(file(address), Array("\(instance)\n".utf8))
        } catch {
            return Change(address: address, isOff: true, problem: "writing the journal: \(error)")
        }
        let problem = store("0", address)
        if problem != nil { try? root.remove(file(address)) }
        return Change(address: address, isOff: true, problem: problem)
    }

    private func giveBack(_ address: PCIAddress) -> Change? {
        guard let text = root.attribute(file(address)) else { return nil }
        guard UInt64(text) == host.instance(of: address) else {
            try? root.remove(file(address))
            return nil
        }
        let records = StateFolder(root: root).records().records.values
        let isNeeded = records.contains { host.function(at: $0.address)?.physicalFunction == address }
        guard !isNeeded else { return nil }
        if root.attribute(attribute(address)) == "0", let problem = store("1", address) {
            return Change(address: address, isOff: false, problem: problem)
        }
        try? root.remove(file(address))
        return Change(address: address, isOff: false, problem: nil)
    }

    /// The store takes no lock (drivers/pci/iov.c, `sriov_drivers_autoprobe_store`), yet no process that others depend on writes: a worker
    /// does.
    private func store(_ text: String, _ address: PCIAddress) -> String? {
        var worker: WorkerProcess
        do throws(Errno) {
            worker = try WorkerProcess.start(keeping: root) { pipe in
                do throws(Errno) {
                    try root.store(attribute(address), Array("\(text)\n".utf8))
                    pipe.send(Array("ok".utf8))
                } catch {
                    pipe.send(Array(error.symbol.utf8))
                }
            }
        } catch {
            return "starting a worker: \(error)"
        }
        guard let answer = worker.receive(patience: 10_000) else { return "\(attribute(address)): ETIMEDOUT" }
        worker.finish()
        let result = String(decoding: answer, as: UTF8.self)
        return result == "ok" ? nil : "\(attribute(address)): \(result)"
    }
}
