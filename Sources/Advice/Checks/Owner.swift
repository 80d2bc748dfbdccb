package import Passthrough

/// Another manager that binds a function to a driver, or uses it.
package struct Owner: Sendable, Hashable {
    /// `driverctl`, `kernel-command-line`, `modprobe.d`, `udev`, `sriov-operator`, `libvirt`.
    package let manager: String
    /// The file, with its line where there is one.
    package let source: String
    /// One sentence.
    package let statement: String

    /// All managers of a function; `libvirt` is what its guard found.
    package static func owners(
        of function: PCIFunction, in surroundings: Surroundings, libvirt: [String] = []
    ) -> [Owner] {
        libvirt.map { Owner(manager: "libvirt", source: "/etc/libvirt", statement: $0) }
            + driverctl(function, surroundings) + boot(function, surroundings) + udev(function, surroundings)
            + sriov(function, surroundings)
    }

    private static func driverctl(_ function: PCIFunction, _ surroundings: Surroundings) -> [Owner] {
        surroundings.driverctl.filter { $0.address == function.address }.map {
            Owner(
                manager: "driverctl", source: $0.file,
                statement: "driverctl binds it to \($0.text) at boot and when it is plugged in")
        }
    }

    private static func boot(_ function: PCIFunction, _ surroundings: Surroundings) -> [Owner] {
        BootTrace.all(in: surroundings).flatMap { trace in
            trace.ids.filter { $0.matches(function) }.map { id in
                Owner(
                    manager: trace.isKernelWord ? "kernel-command-line" : "modprobe.d", source: trace.place,
                    statement: "ids= binds \(id.text) to \(trace.driver) at boot")
            }
        }
    }

    private static func udev(_ function: PCIFunction, _ surroundings: Surroundings) -> [Owner] {
        surroundings.udevLines.filter { $0.concerns(function) }.map {
            Owner(manager: "udev", source: $0.place, statement: "a udev rule sets its driver: \($0.text)")
        }
    }

    /// The operator lists physical functions; it manages their VFs too.
    private static func sriov(_ function: PCIFunction, _ surroundings: Surroundings) -> [Owner] {
        let names = [function.address, function.physicalFunction].compactMap { $0?.description }
        let lines = surroundings.sriovLines.filter { line in
            names.contains { line.text.contains($0) || line.file.hasSuffix("/\($0)") }
        }
        var seen: Set<String> = []
        return lines.filter { seen.insert($0.file).inserted }.map {
            Owner(
                manager: "sriov-operator", source: $0.file,
                statement: "the SR-IOV network operator configures it or its physical function")
        }
    }
}

extension ConfigurationLine {
    /// The function of a driverctl file: `pci-0000:04:00.0`.
    package var address: PCIAddress? {
        guard let name = file.split(separator: "/").last, name.hasPrefix("pci-") else { return nil }
        return PCIAddress(name.dropFirst(4))
    }

    /// Whether a udev rule names the function by its address, or by vendor and device.
    package func concerns(_ function: PCIFunction) -> Bool {
        let vendor = "0x\(Hexadecimal.text(UInt64(function.id.vendor), digits: 4))"
        let device = "0x\(Hexadecimal.text(UInt64(function.id.device), digits: 4))"
        return text.contains(function.address.description)
            || text.contains("\"\(vendor)\"") && text.contains("\"\(device)\"")
            || text.uppercased().contains("PCI_ID}==\"\(function.id.description.uppercased())\"")
    }
}
