import Passthrough

/// The text of a record: a line with the version, then `key value` lines; values keep no newline and no `%` unescaped.
enum RecordText {
    static let limit = 65536
    private static let version = "vfio-rebind journal 1"

    static func text(_ record: FunctionRecord) -> String {
        var lines = [version]
        func add(_ key: String, _ value: String?) {
            if let value { lines.append("\(key) \(escape(value))") }
        }
        add("instance", String(record.instance))
        add("id", record.id.description)
        add("native-driver", record.nativeDriver?.text)
        add("native-override", record.nativeOverride)
        add("target", record.target.text)
        add("method", record.method.rawValue)
        add("override-written", record.overrideWritten ? "yes" : "no")
        add("policy", record.policy)
        add("phase", record.phase.rawValue)
        add("time", String(record.time))
        add("note", record.note)
        // The last line tells a whole file from one that was cut.
        lines.append("end")
        return lines.joined(separator: "\n") + "\n"
    }

    static func record(_ bytes: [UInt8], of address: PCIAddress) -> FunctionRecord? {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\nend\n") else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.first.map(String.init) == version else { return nil }
        var values: [Substring: String] = [:]
        for line in lines.dropFirst().dropLast() {
            guard let blank = line.firstIndex(of: " ") else { continue }
            values[line[..<blank]] = unescape(line[line.index(after: blank)...])
        }
        guard let instance = values["instance"].flatMap({ UInt64($0) }), let id = values["id"].flatMap({ PCIID($0) }),
            let target = values["target"].flatMap({ DriverName($0) }),
            let method = values["method"].flatMap({ Method(rawValue: $0) }),
            let phase = values["phase"].flatMap({ FunctionRecord.Phase(rawValue: $0) })
        else { return nil }
        return FunctionRecord(
            address: address, instance: instance, id: id,
            nativeDriver: values["native-driver"].flatMap { DriverName($0) },
            nativeOverride: values["native-override"], target: target, method: method,
            overrideWritten: values["override-written"] == "yes", policy: values["policy"], phase: phase,
            time: values["time"].flatMap { Int64($0) } ?? 0, note: values["note"] ?? "")
    }

    private static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "%") }) else { return text }
        return String(text.flatMap { $0 == "\n" ? Array("%0a") : $0 == "%" ? Array("%25") : [$0] })
    }

    private static func unescape(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            let digits = rest[rest.index(after: percent)...].prefix(2)
            result += digits == "0a" ? "\n" : digits == "25" ? "%" : "%\(digits)"
            rest = rest[digits.endIndex...]
        }
        return result + rest
    }
}
