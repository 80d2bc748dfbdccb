/// How a driver and a function come together: `drivers/base/dd.c`.
extension Simulator {
    /// What one attempt ended with (`__driver_probe_device`, `really_probe`).
    enum Attempt: Equatable {
        case bound
        /// The driver's probe refused; the kernel carries this as a positive number, and the next driver gets its try.
        case refused(KernelError)
        /// Refused before the probe, a negative number: nothing else is tried.
        case barred(KernelError)
    }

    /// Tries one driver, which matches, on one function.
    mutating func attempt(_ driver: SimulatedDriver, _ address: PCIAddress) -> Attempt {
        guard let function = function(at: address) else { return .barred(.noDevice) }
        if function.driver != nil { return .barred(.busy) }
        if let error = dmaRefusal(driver, function) { return .barred(error) }
        if let error = probeRefusal(driver, function) { return .refused(error) }
        functions[address]?.facts.driver = driver.name
        driverless.remove(address)
        return .bound
    }

    /// `pci_dma_configure`, from Linux 5.19 on: a host driver may not enter a group that a user owns.
    private func dmaRefusal(_ driver: SimulatedDriver, _ function: PCIFunction) -> KernelError? {
        guard !driver.managesDMA, let group = function.iommuGroup, ownedGroups.contains(group) else { return nil }
        return .busy
    }

    /// `pci_device_probe`: the VF's PF is asked first, then the driver.
    private func probeRefusal(_ driver: SimulatedDriver, _ function: PCIFunction) -> KernelError? {
        if let physicalFunction = function.physicalFunction, function.driverOverride == nil,
            functions[physicalFunction]?.virtualFunctionAutoprobe == false
        {
            return .noDevice
        }
        if driver.deniedIDs.contains(function.id) { return .invalid }
        if driver.isVFIO, let error = vfioRefusal(function) { return error }
        return switch driver.probes[function.address] ?? driver.probe {
        case .succeeds: nil
        case .fails(let error): error
        case .defers: .again
        }
    }

    /// `vfio_pci_core_register_device`, in its order.
    private func vfioRefusal(_ function: PCIFunction) -> KernelError? {
        if let headerType = function.headerType, headerType & 0x7f != 0 { return .invalid }
        if function.virtualFunctionCount > 0 { return .busy }
        if function.iommuGroup == nil, !allowsNoIOMMU { return .invalid }
        return nil
    }

    /// `driver_attach`: tries a driver on every function without one, by address; what each probe says is lost.
    mutating func attach(_ name: DriverName) {
        guard let driver = drivers[name], driver.isRegistered else { return }
        let matching = driverless.filter { address in
            functions[address].map { driver.matches($0.facts) } ?? false
        }
        for address in matching.sorted() { _ = attempt(driver, address) }
    }

    /// `device_attach`: tries the drivers that match in the order of their registration, until one binds or the way is
    /// barred. Nothing said for a function that is bound already, or that nobody wants.
    mutating func findDriver(_ address: PCIAddress) -> KernelError? {
        guard let function = function(at: address), function.driver == nil else { return nil }
        for name in registrationOrder {
            guard let driver = drivers[name], driver.matches(function) else { continue }
            switch attempt(driver, address) {
            case .bound: return nil
            case .refused: continue
            case .barred(let error): return error
            }
        }
        return nil
    }

    /// `device_driver_attach`: tries one driver and says what came of it, whichever side refused.
    mutating func bind(_ address: PCIAddress, to driver: SimulatedDriver) -> KernelError? {
        guard let function = function(at: address), driver.matches(function) else { return .noDevice }
        return switch attempt(driver, address) {
        case .bound: nil
        case .refused(let error), .barred(let error): error
        }
    }

    /// `device_driver_detach`: the function is left without a driver, and nothing looks for another.
    mutating func detach(_ address: PCIAddress) {
        guard let name = functions[address]?.facts.driver else { return }
        functions[address]?.facts.driver = nil
        driverless.insert(address)
        if drivers[name]?.removesVirtualFunctions == true { removeVirtualFunctions(of: address) }
    }
}
