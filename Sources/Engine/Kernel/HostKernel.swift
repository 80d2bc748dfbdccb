import Glibc
import Host
package import HostFiles
package import Passthrough
import Processes
package import SystemPackage

/// The kernel of a root: sysfs, and modprobe(8) on the machine's own.
package struct HostKernel: Kernel {
    private let root: Root
    private let reader: HostReader

    package init(root: Root) {
        self.root = root
        reader = HostReader(root: root)
    }

    package func perform(_ step: Step) throws(Errno) {
        guard let path = step.path else { throw .invalidArgument }
        try root.store(path, Array((step.value + "\n").utf8))
    }

    /// Loads a module with modprobe, so that blacklists, softdeps and options hold.
    ///
    /// udev's environment has no useful PATH, so the usual places are tried in order. Throws `noSuchFileOrDirectory` without modprobe, and
    /// `invalidArgument` where it fails; below another root nothing is loaded: `notSupported`. A module whose initialisation hangs is waited
    /// for, as any other step is.
    package func load(_ step: Step) throws(LoadFailure) {
        guard root.isHost else {
            throw LoadFailure(.notSupported, "\(step.value) is not loaded, and below another root no module is")
        }
        guard let program = ["/usr/sbin/modprobe", "/sbin/modprobe", "/usr/bin/modprobe"].first(where: root.exists)
        else {
            throw LoadFailure(.noSuchFileOrDirectory, "\(step.value) is not loaded, and there is no modprobe")
        }
        let modprobe = ChildProcess.run([program, step.value], keeping: .errors)
        if case .notStarted(let error) = modprobe.ending {
            throw LoadFailure(error, "modprobe \(step.value): \(modprobe.summary)")
        }
        guard modprobe.hasSucceeded else {
            throw LoadFailure(.invalidArgument, "modprobe \(step.value): \(modprobe.summary)")
        }
    }

    package func driver(of address: PCIAddress) -> DriverName? { reader.driver(of: address) }
    package func instance(of address: PCIAddress) -> UInt64? { reader.instance(of: address) }
    package func driverOverride(of address: PCIAddress) -> String? { reader.driverOverride(of: address) }
    package func hasVFIODevice(_ address: PCIAddress) -> Bool { reader.hasVFIODevice(address) }
    package func isRegistered(_ driver: DriverName) -> Bool {
        ModuleDatabase(root: root).presence(of: driver) == .registered
    }
    package func instance(of driver: DriverName) -> UInt64 { (try? root.status(SysfsPath.driver(driver)).inode) ?? 0 }
    package func settings(of address: PCIAddress) -> VirtualFunctionSettings? {
        VirtualFunctionKeeper(root: root).settings(of: address)
    }
    package func restore(_ settings: VirtualFunctionSettings, of address: PCIAddress) -> String? {
        VirtualFunctionKeeper(root: root).restore(settings, of: address)
    }
    package func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
    package var milliseconds: Int64 { Clock.milliseconds }
}
