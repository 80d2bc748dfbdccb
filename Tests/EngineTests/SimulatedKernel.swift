import HostFiles
import Passthrough
import SystemPackage

@testable import Engine

/// The Simulator as the executor's kernel, with a clock of its own that only moves when told.
///
/// The folders of registered drivers are made below the root, for registrations are told from older ones by their inode.
final class SimulatedKernel: Kernel {
    var simulator: Simulator
    let root: Root
    /// Functions that VFIO shows no device for, though it drives them.
    var withoutDevice: Set<PCIAddress> = []
    /// What the interface of a PF says of its VFs, and whether it takes nothing else.
    var settings: [PCIAddress: VirtualFunctionSettings] = [:]
    var refusesSettings = false
    /// Milliseconds that a step takes, by its kind.
    var durations: [Step.Operation: Int64] = [:]
    /// Called at every call, before and after it does anything.
    var watch: (SimulatedKernel) -> Void = { _ in }
    /// Called around every step.
    var before: (SimulatedKernel, Step) -> Void = { _, _ in }
    var after: (SimulatedKernel, Step) -> Void = { _, _ in }
    private(set) var steps: [Step] = []
    private(set) var milliseconds: Int64 = 1_000_000
    private var instances: [PCIAddress: UInt64] = [:]

    init(_ simulator: Simulator, root: Root) {
        self.simulator = simulator
        self.root = root
    }

    func perform(_ step: Step) throws(Errno) {
        watch(self)
        before(self, step)
        steps.append(step)
        milliseconds += durations[step.operation] ?? 1
        let error = simulator.run(step)
        after(self, step)
        watch(self)
        if let error { throw error.errno }
    }

    func load(_ step: Step) throws(LoadFailure) {
        do throws(Errno) {
            try perform(step)
        } catch {
            throw LoadFailure(error, "modprobe \(step.value): exit status 1: \(error)")
        }
    }

    func driver(of address: PCIAddress) -> DriverName? {
        watch(self)
        return simulator.function(at: address)?.driver
    }

    func instance(of address: PCIAddress) -> UInt64? {
        watch(self)
        return simulator.function(at: address) == nil ? nil : instances[address] ?? 1
    }

    func driverOverride(of address: PCIAddress) -> String? {
        watch(self)
        return simulator.function(at: address)?.driverOverride
    }

    func hasVFIODevice(_ address: PCIAddress) -> Bool {
        watch(self)
        return simulator.driver(of: address)?.isVFIO == true && !withoutDevice.contains(address)
    }

    func isRegistered(_ driver: DriverName) -> Bool { simulator.isRegistered(driver) }

    func instance(of driver: DriverName) -> UInt64 {
        watch(self)
        guard simulator.isRegistered(driver) else { return 0 }
        try? root.makeFolder(SysfsPath.driver(driver))
        return (try? root.status(SysfsPath.driver(driver)).inode) ?? 0
    }

    func settings(of address: PCIAddress) -> VirtualFunctionSettings? { settings[address] }

    func restore(_ wanted: VirtualFunctionSettings, of address: PCIAddress) -> String? {
        guard !refusesSettings else { return "MAC address and VLAN: EPERM" }
        settings[address] = wanted
        return nil
    }

    func pause(milliseconds: Int) { self.milliseconds += Int64(milliseconds) }

    /// Takes a function out, or puts another of the same type in its place.
    func unplug(_ address: PCIAddress, andPlug: Bool = false) {
        guard simulator.unplug(address) == nil else { return }
        instances[address] = (instances[address] ?? 1) + 1
        if andPlug { _ = simulator.plug(address) }
    }
}
