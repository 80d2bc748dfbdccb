/// One function of the simulated kernel.
package struct SimulatedFunction: Hashable, Sendable {
    /// What sysfs shows of it now.
    package internal(set) var facts: PCIFunction
    package internal(set) var isPresent = true
    /// `sriov_drivers_autoprobe`, of a PF.
    package internal(set) var virtualFunctionAutoprobe = true

    init(_ function: PCIFunction) { facts = function }
}
