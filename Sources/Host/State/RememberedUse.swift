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
        /// As it is recorded.
        let evidence: [Evidence]

        package var finding: UseFinding {
            UseFinding(
                .busy, evidence.map { .remembered(since: time, $0) }, isOverridable: isOverridable)
        }
    }

    init(address: PCIAddress, id: PCIID) {
        self.address = address
        self.id = id
    }

    private static let version = "vfio-rebind use 1"

    /// A line with the version, the id, a line for each guard with time and rule, a line for each piece of evidence with its text and,
    /// behind a tab, its kind, and `end`.
    package var text: String {
        var lines = [RememberedUse.version, id.description]
        for (name, kept) in kept.sorted(by: { $0.key < $1.key }) {
            lines.append("\(name.rawValue) \(kept.time) \(kept.isOverridable ? "overridable" : "firm")")
            lines += kept.evidence.map { evidence in
                " \(RecordText.escape(evidence.text))" + (evidence.kind.map { "\t\($0.rawValue)" } ?? "")
            }
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
                guard let current, let evidence = RememberedUse.evidence(line.dropFirst()) else { return nil }
                kept[current.name] = Kept(
                    time: current.time, isOverridable: current.isOverridable,
                    evidence: (kept[current.name]?.evidence ?? []) + [evidence])
                continue
            }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count == 3, let name = Guard(rawValue: String(words[0])), let time = Int64(words[1]) else {
                return nil
            }
            current = (name, time, words[2] == "overridable")
        }
    }

    /// A text has no tab, which is no printable character; files of earlier versions have no kind.
    private static func evidence(_ line: ArraySlice<UInt8>) -> Evidence? {
        let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let text = RecordText.unescape(parts[0]) else { return nil }
        let kind = parts.count > 1 ? EvidenceKind(rawValue: String(decoding: parts[1], as: UTF8.self)) : nil
        return .recorded(text.printable, kind)
    }
}
