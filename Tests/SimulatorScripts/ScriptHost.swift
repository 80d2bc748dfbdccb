package import Passthrough

/// The functions and drivers that scripts run on, as text: a line each, words in any order after the second.
///
///     driver mlx4_core ids=15b3:1003,15b3:1004 probe=EIO
///     driver vfio-pci
///     driver standin_vfio vfio
///     driver standin_c unregistered
///     function 0001:00:00.0 15b3:1003 subsystem=15b3:0058 class=020000 header=00 group=7 pf=0001:00:00.1 absent
///
/// Drivers are registered in this order and functions plugged in this order, which is how they come by their first drivers.
/// A driver without `ids` has no table (`id_table` is NULL). One of VFIO, by its name or the word `vfio`, has a table that
/// matches by override alone, and probes as vfio-pci does. Empty lines and those with `#` are passed over.
package struct ScriptHost: Sendable {
    package private(set) var drivers: [SimulatedDriver] = []
    package private(set) var functions: [PCIFunction] = []
    private var absent: Set<PCIAddress> = []

    /// Why a description is none.
    package struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let text: String

        package init(line: Int, text: String) {
            self.line = line
            self.text = text
        }

        package var description: String { "reading the host: line \(line): not understood: \(text)" }
    }

    package init(description: String) throws(Invalid) {
        let lines = description.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            let isUnderstood =
                switch words.first {
                case "driver": addDriver(words.dropFirst())
                case "function": addFunction(words.dropFirst())
                default: false
                }
            guard isUnderstood else { throw Invalid(line: index + 1, text: String(line)) }
        }
    }

    /// The kernel with all of it, in its first state.
    package var simulator: Simulator {
        var simulator = Simulator(functions: [], drivers: drivers)
        for function in functions {
            _ = simulator.plug(function)
        }
        for address in absent.sorted() { _ = simulator.unplug(address) }
        return simulator
    }

    private mutating func addDriver(_ words: ArraySlice<String>) -> Bool {
        guard let name = words.first.flatMap({ DriverName($0) }) else { return false }
        var ids: [PCIID] = []
        var isRegistered = true
        var isVFIO = name.isVFIO
        var probe = SimulatedProbe.succeeds
        for word in words.dropFirst() {
            if word == "vfio" {
                isVFIO = true
            } else if word == "unregistered" {
                isRegistered = false
            } else if let text = word.value(of: "ids=") {
                ids = text.split(separator: ",").compactMap { PCIID($0) }
                guard ids.count == text.split(separator: ",").count else { return false }
            } else if let text = word.value(of: "probe=") {
                guard let error = KernelError(rawValue: text) else { return false }
                probe = error == .again ? .defers : .fails(error)
            } else {
                return false
            }
        }
        let table: [SimulatedID]? = isVFIO ? [.vfioAny] : ids.isEmpty ? nil : ids.map { SimulatedID($0) }
        var driver = SimulatedDriver(name, staticIDs: table, isRegistered: isRegistered, probe: probe)
        if isVFIO {
            driver.isVFIO = true
            driver.managesDMA = true
        }
        drivers.append(driver)
        return true
    }

    private mutating func addFunction(_ words: ArraySlice<String>) -> Bool {
        guard let address = words.first.flatMap({ PCIAddress($0) }),
            let id = words.dropFirst().first.flatMap({ PCIID($0) })
        else { return false }
        var function = PCIFunction(address: address, id: id)
        for word in words.dropFirst(2) {
            if word == "absent" {
                absent.insert(address)
            } else if let value = word.value(of: "subsystem=").flatMap({ PCIID($0) }) {
                function.subsystem = value
            } else if let value = word.value(of: "class=").flatMap({ UInt32($0, radix: 16) }) {
                function.classCode = ClassCode(value)
            } else if let value = word.value(of: "header=").flatMap({ UInt8($0, radix: 16) }) {
                function.headerType = value
            } else if let value = word.value(of: "group=").flatMap({ UInt32($0) }) {
                function.iommuGroup = value
            } else if let value = word.value(of: "pf=").flatMap({ PCIAddress($0) }) {
                function.physicalFunction = value
            } else {
                return false
            }
        }
        functions.append(function)
        return true
    }
}

extension String {
    fileprivate func value(of key: String) -> String? {
        hasPrefix(key) ? String(dropFirst(key.count)) : nil
    }
}
