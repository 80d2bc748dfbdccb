package import Passthrough
package import SystemPackage

/// What the executor asks of the kernel; the tests put the Simulator in its place.
package protocol Kernel {
    /// Makes one step: one store into a file. Returns when the kernel has done it, which may be never.
    func perform(_ step: Step) throws(Errno)
    /// Makes a `load_module` step.
    func load(_ step: Step) throws(LoadFailure)
    /// The driver that the `driver` link names.
    func driver(of address: PCIAddress) -> DriverName?
    /// Tells a function from a later one at the same address; nil where none is there.
    func instance(of address: PCIAddress) -> UInt64?
    func driverOverride(of address: PCIAddress) -> String?
    /// Whether VFIO shows a device for it.
    func hasVFIODevice(_ address: PCIAddress) -> Bool
    func isRegistered(_ driver: DriverName) -> Bool
    /// Tells a driver from one that is registered later under the same name, without the ids of the first.
    func instance(of driver: DriverName) -> UInt64
    /// The administrative settings of a VF; nil where it is none, or nobody reports them.
    func settings(of address: PCIAddress) -> VirtualFunctionSettings?
    /// Writes those that differ; what went wrong, in words.
    func restore(_ settings: VirtualFunctionSettings, of address: PCIAddress) -> String?
    func pause(milliseconds: Int)
    var milliseconds: Int64 { get }
}
