import Host
package import HostFiles
package import Passthrough
import Processes
import SystemPackage

/// Registers ids with drivers and takes them back, so that only what this program registered is ever removed.
package struct Registrar {
    private let kernel: any Kernel
    private let state: StateFolder
    private let root: Root
    /// Whether somebody works on another function just now, whose lock the walk of `new_id` may have to wait for.
    private let othersAreBusy: () -> Bool

    package init(kernel: any Kernel, root: Root, othersAreBusy: @escaping () -> Bool = { false }) {
        self.kernel = kernel
        self.root = root
        self.othersAreBusy = othersAreBusy
        state = StateFolder(root: root)
    }

    /// Registers the ids that no present function needs.
    package func register(_ registrations: [Registration]) -> [RegistrationOutcome] {
        registrations.map { registration in
            if !kernel.isRegistered(registration.driver) {
                do throws(LoadFailure) {
                    try kernel.load(.loadModule(of: registration.driver, for: nil))
                } catch {
                    return RegistrationOutcome(
                        registration: registration, result: error.error.symbol, reason: "load_module: \(error)")
                }
            }
            let attempt = perform(.registerID(registration.id, with: registration.driver, for: nil))
            return RegistrationOutcome(
                registration: registration, result: attempt.result, reason: attempt.reason)
        }
    }

    /// Takes an id back.
    func withdraw(_ withdrawal: Withdrawal) -> Attempt {
        perform(.removeID(withdrawal.id, from: withdrawal.driver, for: nil))
    }

    /// Makes a `register_id` or `remove_id` step under the lock of that id.
    ///
    /// A registration that may have to wait for another function is left to a process of its own after a while, with the result
    /// EINPROGRESS: the kernel knows the id before its walk begins (drivers/pci/pci-driver.c, pci_add_dynid), so a bind finds it.
    ///
    /// What is written down as done by this program is not written again, unless `again`. EEXIST (drivers/pci/pci-driver.c,
    /// new_id_store) means that the id is known already: no failure, and not ours to remove.
    func perform(_ step: Step, again: Bool = false) -> Attempt {
        let id: PCIID
        let driver: DriverName
        switch step {
        case .registerID(let ours, let target, _):
            if !again, isDone(ours, target) { return .done }
            if othersAreBusy() { return performAside(step, again) }
            (id, driver) = (ours, target)
        case .removeID(let ours, let target, _): (id, driver) = (ours, target)
        default: return Attempt(result: "EINVAL", reason: "\(step.operation.rawValue) is no step of an ID")
        }
        let lock: LockSet
        do throws(LockSet.Failure) {
            lock = try LockSet(["id-\(driver)@\(id)"], root: root, patience: 10_000)
        } catch {
            return Attempt(result: "EBUSY", reason: "another worker is changing the ID \(id)")
        }
        let attempt = step.operation == .registerID ? register(step, id, driver, again) : remove(step, id, driver)
        lock.unlock()
        return attempt
    }

    private func isDone(_ id: PCIID, _ driver: DriverName) -> Bool {
        guard let known = state.registration(of: id, with: driver) else { return false }
        return known.isDone && known.driverInstance == kernel.instance(of: driver)
    }

    /// Milliseconds that the walk may take while others are busy.
    private static var asidePatience: Int { 1000 }

    private func performAside(_ step: Step, _ again: Bool) -> Attempt {
        var worker: WorkerProcess
        do throws(Errno) {
            worker = try WorkerProcess.start(keeping: root) { pipe in
                let attempt = Registrar(kernel: kernel, root: root).perform(step, again: again)
                pipe.send(Array(attempt.result.utf8))
                pipe.send(Array((attempt.reason ?? "").utf8))
            }
        } catch {
            return Attempt(result: error.symbol, reason: "starting a worker: \(error)")
        }
        guard let result = worker.receive(patience: Registrar.asidePatience),
            let reason = worker.receive(patience: Registrar.asidePatience)
        else { return Attempt(result: "EINPROGRESS", reason: nil) }
        worker.finish()
        return Attempt(
            result: String(decoding: result, as: UTF8.self),
            reason: reason.isEmpty ? nil : String(decoding: reason, as: UTF8.self))
    }

    private func register(_ step: Step, _ id: PCIID, _ driver: DriverName, _ again: Bool) -> Attempt {
        let instance = kernel.instance(of: driver)
        let known = state.registration(of: id, with: driver)
        let isOurs = known.map { $0.driverInstance == instance } ?? false
        if isOurs, known?.isDone == true, !again { return .done }
        do throws(StateError) {
            if !isOurs { try state.saveRegistration(of: id, with: driver, driverInstance: instance, isDone: false) }
        } catch {
            return Attempt(result: "EIO", reason: "\(error)")
        }
        do throws(Errno) {
            try kernel.perform(step)
        } catch {
            // Begun by us and cut short by a kill: EEXIST then tells that our write had arrived.
            if error == .fileExists, isOurs {
                try? state.saveRegistration(of: id, with: driver, driverInstance: instance, isDone: true)
            } else if !isOurs {
                try? state.dropRegistration(of: id, with: driver)
            }
            if error == .fileExists { return Attempt(result: error.symbol, reason: nil) }
            return Attempt(
                result: error.symbol,
                reason: "register_id: writing \"\(step.value)\" to \(step.path ?? ""): \(error.symbol)")
        }
        try? state.saveRegistration(of: id, with: driver, driverInstance: instance, isDone: true)
        return .done
    }

    /// ENODEV says that the driver does not know the id any more, which is what was wanted.
    private func remove(_ step: Step, _ id: PCIID, _ driver: DriverName) -> Attempt {
        guard state.registration(of: id, with: driver) != nil else { return .done }
        do throws(Errno) {
            try kernel.perform(step)
        } catch {
            guard error == .operationNotSupportedByDevice || error == .noSuchFileOrDirectory else {
                return Attempt(
                    result: error.symbol,
                    reason: "remove_id: writing \"\(step.value)\" to \(step.path ?? ""): \(error.symbol)")
            }
            try? state.dropRegistration(of: id, with: driver)
            return Attempt(result: error.symbol, reason: nil)
        }
        try? state.dropRegistration(of: id, with: driver)
        return .done
    }
}

extension Registrar {
    /// Registers beside workers that may hold other functions; `own` are the locks of the caller.
    static func besideWorkers(of own: Set<String>, root: Root, kernel: (any Kernel)? = nil) -> Registrar {
        Registrar(kernel: kernel ?? root.kernel(), root: root) {
            LockSet.isAnyHeld(of: WorkUnit.functionKeyPrefix, besides: own, root: root)
        }
    }
}
