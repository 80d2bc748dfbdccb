package import Passthrough

/// One entry of an `ids=` of vfio-pci or pci-stub: `v:d[:sv[:sd[:class[:mask]]]]`, hexadecimal (`drivers/vfio/pci/vfio_pci.c`).
package struct BootID: Sendable, Hashable {
    package let text: String
    private let vendor: UInt64
    private let device: UInt64
    private let subvendor: UInt64?
    private let subdevice: UInt64?

    /// Nil for what the kernel would pass over too.
    package init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map {
            Hexadecimal.parse($0.utf8, digits: 1...8)
        }
        guard numbers.count >= 2, numbers.count <= 6, let vendor = numbers[0], let device = numbers[1],
            !numbers.contains(nil)
        else { return nil }
        self.text = String(text)
        self.vendor = vendor
        self.device = device
        subvendor = numbers.count > 2 ? numbers[2] : nil
        subdevice = numbers.count > 3 ? numbers[3] : nil
    }

    /// Whether the whole type falls under it.
    package func names(_ id: PCIID) -> Bool {
        matches(vendor, id.vendor) && matches(device, id.device) && subvendor ?? BootID.any == BootID.any
            && subdevice ?? BootID.any == BootID.any
    }

    package func matches(_ function: PCIFunction) -> Bool {
        matches(vendor, function.id.vendor) && matches(device, function.id.device)
            && matches(subvendor ?? BootID.any, function.subsystem?.vendor ?? 0)
            && matches(subdevice ?? BootID.any, function.subsystem?.device ?? 0)
    }

    /// PCI_ANY_ID.
    private static let any: UInt64 = 0xffff_ffff

    private func matches(_ wanted: UInt64, _ value: UInt16) -> Bool { wanted == BootID.any || wanted == UInt64(value) }
}

/// A place at which ids are given to a driver from the boot on.
package struct BootTrace: Sendable, Hashable {
    /// `vfio-pci` or `pci-stub`.
    package let driver: DriverName
    /// `/proc/cmdline`, or a line of modprobe.d.
    package let place: String
    package let isKernelWord: Bool
    package let ids: [BootID]

    /// All of them, the kernel's words first.
    package static func all(in surroundings: Surroundings) -> [BootTrace] {
        let words = surroundings.kernelWords.compactMap { word -> BootTrace? in
            guard let dot = word.firstIndex(of: "."), let driver = driver(word[..<dot]) else { return nil }
            return ids(in: word[word.index(after: dot)...]).map {
                BootTrace(driver: driver, place: "/proc/cmdline", isKernelWord: true, ids: $0)
            }
        }
        let lines = surroundings.modprobeLines.flatMap { line -> [BootTrace] in
            let words = line.text.split(whereSeparator: \.isWhitespace)
            guard words.count > 2, words[0] == "options", let driver = driver(words[1]) else { return [] }
            return words.dropFirst(2).compactMap(ids).map {
                BootTrace(driver: driver, place: line.place, isKernelWord: false, ids: $0)
            }
        }
        return words + lines
    }

    private static func driver(_ module: Substring) -> DriverName? {
        switch String(module.map { $0 == "_" ? "-" : $0 }) {
        case "vfio-pci": .vfioPCI
        case "pci-stub": .pciStub
        default: nil
        }
    }

    private static func ids(in parameter: Substring) -> [BootID]? {
        guard parameter.hasPrefix("ids=") else { return nil }
        return parameter.dropFirst(4).filter { $0 != "\"" }.split(separator: ",").compactMap { BootID($0) }
    }
}
