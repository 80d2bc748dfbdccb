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
        guard let path = step.path else { return try load(step.value) }
        try root.store(path, Array((step.value + "\n").utf8))
    }

    /// Loads a module with modprobe, so that blacklists, softdeps and options hold.
    ///
    /// udev's environment has no useful PATH (kernel-facts section 4), so the usual places are tried in order. Throws `noSuchFileOrDirectory`
    /// without modprobe, and `invalidArgument` where modprobe says no; below another root nothing is loaded: `notSupported`.
    private func load(_ module: String) throws(Errno) {
        guard root.isHost else { throw .notSupported }
        guard let program = ["/usr/sbin/modprobe", "/sbin/modprobe", "/usr/bin/modprobe"].first(where: root.exists)
        else {
            throw .noSuchFileOrDirectory
        }
        let words = [program, "--quiet", module]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var pid: pid_t = 0
        let error = posix_spawn(&pid, program, nil, nil, arguments, environ)
        guard error == 0 else { throw Errno(rawValue: error) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { throw Errno.last } }
        guard status == 0 else { throw .invalidArgument }
    }

    package func driver(of address: PCIAddress) -> DriverName? { reader.driver(of: address) }
    package func instance(of address: PCIAddress) -> UInt64? { reader.instance(of: address) }
    package func driverOverride(of address: PCIAddress) -> String? { reader.driverOverride(of: address) }
    package func hasVFIODevice(_ address: PCIAddress) -> Bool { reader.hasVFIODevice(address) }
    package func isRegistered(_ driver: DriverName) -> Bool {
        DriverReader(root: root).presence(of: driver) == .registered
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
