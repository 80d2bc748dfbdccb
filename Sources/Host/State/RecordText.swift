package import Passthrough

/// The text of a record: a line with the version, then `key value` lines; values keep no newline and no `%` unescaped.
package enum RecordText {
    package static let limit = 65536
    private static let version = "vfio-rebind journal 1"

    package static func text(_ record: FunctionRecord) -> String {
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
        add("virtual-function", record.settings?.description)
        add("policy", record.policy)
        add("phase", record.phase.rawValue)
        add("time", String(record.time))
        add("note", record.note)
        // The last line tells a whole file from one that was cut.
        lines.append("end")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Works on bytes: a carriage return or a combining mark would join a newline or a blank to one Character.
    package static func record(_ bytes: [UInt8], of address: PCIAddress) -> FunctionRecord? {
        guard bytes.last == newline, bytes.count <= limit else { return nil }
        let lines = bytes.dropLast().split(separator: newline, omittingEmptySubsequences: false)
        guard lines.count >= 2, let first = lines.first, first.elementsEqual(version.utf8), let last = lines.last,
            last.elementsEqual("end".utf8)
        else { return nil }
        var values: [String: String] = [:]
        for line in lines.dropFirst().dropLast() {
            guard let blank = line.firstIndex(of: UInt8(ascii: " ")),
                let key = String(validating: line[..<blank], as: UTF8.self),
                let value = unescape(line[line.index(after: blank)...])
            else { return nil }
            values[key] = value
        }
        guard let instance = values["instance"].flatMap({ UInt64($0) }), let id = values["id"].flatMap({ PCIID($0) }),
            let target = values["target"].flatMap({ DriverName($0) }),
            let method = values["method"].flatMap({ Method(rawValue: $0) }),
            let phase = values["phase"].flatMap({ FunctionRecord.Phase(rawValue: $0) })
        else { return nil }
        var record = FunctionRecord(
            address: address, instance: instance, id: id,
            nativeDriver: values["native-driver"].flatMap { DriverName($0) },
            nativeOverride: values["native-override"], target: target, method: method,
            overrideWritten: values["override-written"] == "yes", policy: values["policy"], phase: phase,
            time: values["time"].flatMap { Int64($0) } ?? 0, note: values["note"] ?? "")
        record.settings = values["virtual-function"].flatMap { VirtualFunctionSettings($0) }
        return record
    }

    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: isSpecial) else { return text }
        let bytes = text.utf8.flatMap { byte in
            isSpecial(byte) ? Array("%\(Hexadecimal.text(UInt64(byte), digits: 2))".utf8) : [byte]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7f || byte == percent }

    static func unescape(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == percent else {
                bytes.append(byte)
                continue
            }
            guard let value = Hexadecimal.parse(rest.prefix(2), digits: 2...2) else { return nil }
            bytes.append(UInt8(value))
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static let newline = UInt8(ascii: "\n")
    private static let percent = UInt8(ascii: "%")
}
