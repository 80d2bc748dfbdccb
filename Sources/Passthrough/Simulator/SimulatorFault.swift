/// When the simulated kernel is to give an error and do nothing.
package enum SimulatorFault: Hashable, Sendable {
    /// The step of this number, counted from 0 over all writes and module loads of the value.
    case step(Int)
    /// Each step of this kind on this function; nil stands for any, and is the only choice for IDs and modules.
    case operation(Step.Operation, PCIAddress?)
}

extension Simulator {
    /// The error to give for a write; what the bytes mean is read as leniently as needed to name the function.
    func fault(_ file: File?, _ bytes: [UInt8]) -> KernelError? {
        guard !faults.isEmpty else { return nil }
        let address = Simulator.busAddress(bytes[...])
        switch file {
        case .bind: return fault(.bind, address)
        case .unbind: return fault(.unbind, address)
        case .driversProbe: return fault(.probe, address)
        case .newID: return fault(.registerID, nil)
        case .removeID: return fault(.removeID, nil)
        case .driverOverride(let address):
            return fault(bytes.first == UInt8(ascii: "\n") ? .clearOverride : .setOverride, address)
        case .driversAutoprobe, nil: return faults[.step(stepCount)]
        }
    }

    /// The error to give for a step, asked of the narrowest fault first.
    func fault(_ operation: Step.Operation, _ address: PCIAddress?) -> KernelError? {
        faults[.step(stepCount)] ?? faults[.operation(operation, address)] ?? faults[.operation(operation, nil)]
    }
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
