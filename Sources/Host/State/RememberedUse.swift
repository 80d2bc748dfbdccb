package import Passthrough

/// The refusals of one function that outlive a boot.
package struct RememberedUse: Equatable {
    package let address: PCIAddress
    package let id: PCIID
    package var kept: [Guard: Kept] = [:]

    package struct Kept: Equatable {
        /// Seconds since 1970.
        let time: Int64
        let isOverridable: Bool
        let evidence: [String]

        package var finding: UseFinding {
            UseFinding(.busy, evidence.map { UseMemory.sentence(time, $0) }, isOverridable: isOverridable)
        }
    }

    init(address: PCIAddress, id: PCIID) {
        self.address = address
        self.id = id
    }

    private static let version = "vfio-rebind use 1"

    /// A line with the version, the id, a line a guard with time and rule, a line each piece of evidence, and `end`.
    package var text: String {
        var lines = [RememberedUse.version, id.description]
        for (name, kept) in kept.sorted(by: { $0.key < $1.key }) {
            lines.append("\(name.rawValue) \(kept.time) \(kept.isOverridable ? "overridable" : "firm")")
            lines += kept.evidence.map { " \(RecordText.escape($0))" }
        }
        return (lines + ["end"]).joined(separator: "\n") + "\n"
    }

    /// nil for what is damaged or of another version.
    package init?(_ bytes: [UInt8], _ address: PCIAddress) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count > 2, lines[0].elementsEqual(RememberedUse.version.utf8),
            lines[lines.count - 1].elementsEqual("end".utf8),
            let id = PCIID(String(decoding: lines[1], as: UTF8.self))
        else { return nil }
        self.init(address: address, id: id)
        var current: (name: Guard, time: Int64, isOverridable: Bool)?
        for line in lines.dropFirst(2).dropLast() {
            if line.first == UInt8(ascii: " ") {
                guard let current, let sentence = RecordText.unescape(line.dropFirst()) else { return nil }
                kept[current.name] = Kept(
                    time: current.time, isOverridable: current.isOverridable,
                    evidence: (kept[current.name]?.evidence ?? []) + [sentence])
                continue
            }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count == 3, let name = Guard(rawValue: String(words[0])), let time = Int64(words[1]) else {
                return nil
            }
            current = (name, time, words[2] == "overridable")
        }
    }
}
