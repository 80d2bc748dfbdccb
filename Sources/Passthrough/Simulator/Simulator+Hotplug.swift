/// How functions and drivers come and go.
extension Simulator {
    /// Plugs a function of which only the address is known, as it was before it was unplugged.
    ///
    /// The drivers are tried at once (`pci_bus_add_device`); the override of before is gone. ENODEV for an address that never
    /// was or a VF without its PF, EEXIST for one that is plugged.
    package mutating func plug(_ address: PCIAddress) -> KernelError? {
        guard let function = functions[address] else { return .noDevice }
        if function.isPresent { return .exists }
        return plug(function.facts)
    }

    /// Plugs a new function, without driver and override.
    package mutating func plug(_ function: PCIFunction) -> KernelError? {
        let address = function.address
        if functions[address]?.isPresent == true { return .exists }
        if let physicalFunction = function.physicalFunction {
            guard self.function(at: physicalFunction) != nil else { return .noDevice }
            functions[physicalFunction]?.facts.virtualFunctionCount &+= 1
        }
        var plugged = SimulatedFunction(function)
        plugged.facts.driver = nil
        plugged.facts.driverOverride = nil
        plugged.facts.virtualFunctionCount = 0
        functions[address] = plugged
        driverless.insert(address)
        _ = findDriver(address)
        return nil
    }

    /// Takes a function out, and a PF's VFs with it. ENODEV where none is plugged.
    package mutating func unplug(_ address: PCIAddress) -> KernelError? {
        guard let function = function(at: address) else { return .noDevice }
        removeVirtualFunctions(of: address)
        functions[address]?.isPresent = false
        functions[address]?.facts.driver = nil
        functions[address]?.facts.driverOverride = nil
        driverless.remove(address)
        if let physicalFunction = function.physicalFunction,
            let count = functions[physicalFunction]?.facts.virtualFunctionCount, count > 0
        {
            functions[physicalFunction]?.facts.virtualFunctionCount = count - 1
        }
        return nil
    }

    /// `pci_disable_sriov`.
    mutating func removeVirtualFunctions(of address: PCIAddress) {
        guard let count = functions[address]?.facts.virtualFunctionCount, count > 0 else { return }
        let virtualFunctions = functions.values.filter { $0.isPresent && $0.facts.physicalFunction == address }
        for function in virtualFunctions { _ = unplug(function.facts.address) }
        functions[address]?.facts.virtualFunctionCount = 0
    }

    /// Loads a module as modprobe(8) does: ENOENT for one that no driver has, nothing for one that is there.
    ///
    /// The driver takes every function without one that matches, in one pass for its table and in one for each of `ids=`
    /// (`bus_add_driver`, `vfio_pci_fill_ids`), which is added unlooked whether known or not.
    package mutating func load(_ moduleAndParameters: String) -> KernelError? {
        let words = moduleAndParameters.split(separator: " ")
        let module = DriverName.moduleName(words.first ?? "")
        let matching = drivers.values.filter { $0.moduleName == module }
        guard !matching.isEmpty else { return .noEntry }
        for driver in matching.sorted(by: { $0.name.text < $1.name.text }) where !driver.isRegistered {
            register(driver.name)
            for word in words.dropFirst() where word.hasPrefix("ids=") {
                addParameterIDs(word.dropFirst(4), to: driver.name)
            }
        }
        return nil
    }

    /// `pci_register_driver`.
    private mutating func register(_ name: DriverName) {
        drivers[name]?.isRegistered = true
        registrationOrder.append(name)
        if autoprobesDrivers { attach(name) }
    }

    private mutating func addParameterIDs(_ text: Substring, to name: DriverName) {
        for entry in text.utf8.split(separator: UInt8(ascii: ",")) {
            let fields = SimulatorScan.fields(entry, atMost: 6, separator: UInt8(ascii: ":"))
            guard let id = SimulatedID(fields: fields) else { continue }
            drivers[name]?.dynamicIDs.append(id)
            attach(name)
        }
    }

    /// Takes a driver away: its functions are left without one, and its dynamic IDs are forgotten (`pci_unregister_driver`).
    package mutating func unload(_ name: DriverName) {
        guard isRegistered(name) else { return }
        for address in functions.keys.filter({ driver(of: $0) == name }).sorted() { detach(address) }
        registrationOrder.removeAll { $0 == name }
        drivers[name]?.isRegistered = false
        drivers[name]?.dynamicIDs = []
    }
}
