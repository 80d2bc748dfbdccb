/// When the simulated kernel is to give an error and do nothing.
package enum SimulatorFault: Hashable, Sendable {
    /// The step of this number, counted from 0 over all writes and module loads of the value.
    case step(Int)
    /// Each step of this kind on this function; nil stands for any, and is the only choice for IDs and modules.
    case operation(Step.Operation, PCIAddress?)
}

extension Step.Operation {
    /// Every error that the kernel can give for it, from open(2) to the driver's probe. A probe may give any error at all;
    /// those here are the ones that this program tells apart.
    package var possibleErrors: [KernelError] {
        switch self {
        case .loadModule: [.noEntry, .notPermitted, .invalid, .noMemory]
        case .setOverride: [.noEntry, .noDevice, .invalid, .noMemory, .access]
        case .clearOverride: [.noEntry, .noDevice, .access]
        case .unbind: [.noEntry, .noDevice, .access]
        case .bind: [.noEntry, .noDevice, .busy, .invalid, .again, .noMemory, .inputOutput, .noSpace, .access]
        case .probe: [.noDevice, .invalid, .access]
        case .registerID: [.noEntry, .exists, .invalid, .noMemory, .access]
        case .removeID: [.noEntry, .noDevice, .invalid, .access]
        }
    }
}
