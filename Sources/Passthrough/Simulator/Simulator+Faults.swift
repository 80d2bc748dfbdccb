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
