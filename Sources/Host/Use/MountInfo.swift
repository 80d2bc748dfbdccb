/// One mount: a line of `/proc/PID/mountinfo` (proc(5)).
struct MountInfo {
    /// `MAJOR:MINOR` of the device.
    let number: String
    /// What of the file system is mounted.
    let root: String
    let point: String
    let type: String
    let source: String
    /// The options of the file system.
    let options: String

    /// Bytes of such a file at most.
    static let limit = 64 << 20

    /// Nil for what is no such line. A list of optional fields ends with ` - `.
    init?(_ line: String) {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 2 < fields.count else { return nil }
        number = String(fields[2])
        root = String(fields[3])
        point = MountInfo.unescape(fields[4])
        type = String(fields[dash + 1])
        source = MountInfo.unescape(fields[dash + 2])
        options = fields[(dash + 3)...].joined(separator: " ")
    }

    /// Octal escapes of proc(5): `\\040` is a blank.
    static func unescape(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
