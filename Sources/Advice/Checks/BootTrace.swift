package import Passthrough

/// A place of the boot configuration that sets the `ids=` of a driver.
package struct BootTrace: Sendable, Hashable {
    /// `vfio-pci` or `pci-stub`.
    package let driver: DriverName
    /// `/proc/cmdline`, or a line of modprobe.d.
    package let place: String
    package let isKernelWord: Bool
    package let ids: [BootID]

    /// All of them, kernel parameters first.
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
