package import HostFiles
package import Passthrough
package import SystemPackage

/// The kernel of a dry run: nothing is written, and each step does what the Simulator says.
package final class DryKernel: Kernel {
    private var simulator: Simulator
    private let host: HostKernel

    /// `snapshot` is the host before the first step.
    package init(root: Root, showing snapshot: HostSnapshot) {
        host = HostKernel(root: root)
        simulator = Simulator(of: snapshot, targets: Set(snapshot.drivers.keys))
    }

    package func perform(_ step: Step) throws(Errno) {
        if let driver = step.driver { describe(driver) }
        if let error = simulator.run(step) { throw error.errno }
    }

    package func load(_ step: Step) throws(LoadFailure) {
        do throws(Errno) {
            try perform(step)
        } catch {
            throw LoadFailure(error, "modprobe \(step.value): \(error)")
        }
    }

    /// Makes the Simulator know a driver that the snapshot does not tell of.
    private func describe(_ driver: DriverName) {
        guard simulator.drivers[driver] == nil, host.isRegistered(driver) else { return }
        simulator.assume(driver, drives: [])
    }

    package func driver(of address: PCIAddress) -> DriverName? { simulator.driver(of: address) }
    package func instance(of address: PCIAddress) -> UInt64? { host.instance(of: address) }
    package func driverOverride(of address: PCIAddress) -> String? {
        simulator.function(at: address)?.driverOverride
    }
    package func hasVFIODevice(_ address: PCIAddress) -> Bool { driver(of: address)?.isVFIO ?? false }
    package func isRegistered(_ driver: DriverName) -> Bool {
        simulator.isRegistered(driver) || host.isRegistered(driver)
    }
    package func instance(of driver: DriverName) -> UInt64 { host.instance(of: driver) }
    package func settings(of address: PCIAddress) -> VirtualFunctionSettings? { host.settings(of: address) }
    package func restore(_ settings: VirtualFunctionSettings, of address: PCIAddress) -> String? { nil }
    package func pause(milliseconds: Int) {}
    package var milliseconds: Int64 { host.milliseconds }
}

extension Root {
    /// What makes the steps below this root: the kernel, or in a dry run one that writes nothing.
    func kernel(showing snapshot: HostSnapshot = HostSnapshot(functions: [])) -> any Kernel {
        isReadOnly ? DryKernel(root: self, showing: snapshot) : HostKernel(root: self)
    }
}

extension KernelError {
    /// The same as the number that the system calls give.
    package var errno: Errno {
        switch self {
        case .again: .resourceTemporarilyUnavailable
        case .busy: .resourceBusy
        case .exists: .fileExists
        case .invalid: .invalidArgument
        case .noDevice: .operationNotSupportedByDevice
        case .noEntry: .noSuchFileOrDirectory
        case .noMemory: .noMemory
        case .inputOutput: .ioError
        case .access: .permissionDenied
        case .notPermitted: .notPermitted
        case .noSpace: .noSpace
        case .range: Errno(rawValue: 34)
        }
    }
}
