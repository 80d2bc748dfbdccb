/// What the files of sysfs do with one write(2).
extension Simulator {
    /// The files that the model has.
    enum File: Hashable {
        case bind(DriverName), unbind(DriverName), newID(DriverName), removeID(DriverName)
        case driverOverride(PCIAddress)
        case driversProbe, driversAutoprobe

        /// Reads a path as the kernel names it; nil for every other.
        init?(_ path: String) {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(4)
            guard path.hasPrefix("/sys/bus/pci/"), let first = parts.first, let last = parts.last else { return nil }
            switch (parts.count, first, last) {
            case (1, "drivers_probe", _): self = .driversProbe
            case (1, "drivers_autoprobe", _): self = .driversAutoprobe
            case (3, "devices", "driver_override"):
                guard let address = Simulator.exactAddress(parts[parts.startIndex + 1]) else { return nil }
                self = .driverOverride(address)
            case (3, "drivers", let attribute):
                guard let name = DriverName(String(parts[parts.startIndex + 1])) else { return nil }
                switch attribute {
                case "bind": self = .bind(name)
                case "unbind": self = .unbind(name)
                case "new_id": self = .newID(name)
                case "remove_id": self = .removeID(name)
                default: return nil
                }
            default: return nil
            }
        }
    }

    /// Does what a plan's step does.
    package mutating func run(_ step: Step) -> KernelError? {
        guard let path = step.path else {
            defer { stepCount += 1 }
            return fault(.loadModule, nil) ?? load(step.value)
        }
        return write(path, Array(step.value.utf8) + [UInt8(ascii: "\n")])
    }

    /// Opens a file and writes these bytes with one write(2); nil is success.
    ///
    /// ENOENT for a file that is not there. No bytes at all change nothing, in no file (`sysfs_kf_write`); more
    /// than a page is cut to one. A byte 0 ends the text, for the stores read C strings.
    package mutating func write(_ path: String, _ bytes: [UInt8]) -> KernelError? {
        defer { stepCount += 1 }
        let file = File(path)
        if let error = fault(file, bytes) { return error }
        guard let file, isThere(file) else { return .noEntry }
        let page = bytes.prefix(4096)
        guard !page.isEmpty else { return nil }
        let text = page.prefix { $0 != 0 }
        switch file {
        case .bind(let name):
            guard let address = Simulator.busAddress(text), let driver = drivers[name] else { return .noDevice }
            return bind(address, to: driver)
        case .unbind(let name):
            guard let address = Simulator.busAddress(text), driver(of: address) == name else { return .noDevice }
            detach(address)
            return nil
        case .newID(let name): return addID(text, to: name)
        case .removeID(let name): return removeID(text, from: name)
        case .driverOverride(let address): return setOverride(text, of: address, count: page.count)
        case .driversProbe: return probeDrivers(text)
        case .driversAutoprobe:
            autoprobesDrivers = text.first != UInt8(ascii: "0")
            return nil
        }
    }

    private func isThere(_ file: File) -> Bool {
        switch file {
        case .bind(let name), .unbind(let name), .newID(let name), .removeID(let name): isRegistered(name)
        case .driverOverride(let address): function(at: address) != nil
        case .driversProbe, .driversAutoprobe: true
        }
    }

    /// `driver_set_override` (`drivers/base/driver.c`): up to the first newline, and a text that begins with one, or is
    /// empty, clears. Bytes that are no UTF-8 are kept as U+FFFD: they can name no driver either way.
    private mutating func setOverride(_ text: ArraySlice<UInt8>, of address: PCIAddress, count: Int) -> KernelError? {
        guard count < 4095 else { return .invalid }
        let line = text.prefix { $0 != UInt8(ascii: "\n") }
        functions[address]?.facts.driverOverride = line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
        return nil
    }

    /// `drivers_probe_store`: every error of the search is flattened to EINVAL.
    private mutating func probeDrivers(_ text: ArraySlice<UInt8>) -> KernelError? {
        guard let address = Simulator.busAddress(text), function(at: address) != nil else { return .noDevice }
        return findDriver(address) == nil ? nil : .invalid
    }

    /// The address that a store finds by name (`bus_find_device_by_name`, `sysfs_streq`): the kernel's own form to the
    /// letter, with at most one newline behind it.
    static func busAddress(_ text: ArraySlice<UInt8>) -> PCIAddress? {
        let name = text.last == UInt8(ascii: "\n") ? text.dropLast() : text
        return exactAddress(String(decoding: name, as: UTF8.self))
    }

    private static func exactAddress(_ text: some StringProtocol) -> PCIAddress? {
        guard let address = PCIAddress(text), address.description == text else { return nil }
        return address
    }
}
