import Glibc
import Host
import HostFiles
import JSON
import Processes
import SystemPackage

/// `status.json` of the runtime folder: what a monitor knows, for everybody to read.
enum StatusFile {
    static let path = "\(StatePath.folder)/status.json"
    private static let limit = 64 << 20
    /// The time of the monitor's start, which tells it from a later process of its number; not shown.
    private static let startKey = "process_start"

    /// Replaces the file at once: a reader sees the old document or the new one.
    static func write(_ fields: [String: JSONValue], root: Root) throws(Errno) {
        let pid = Int(getpid())
        let own: [String: JSONValue] = [
            "pid": .number(pid),
            startKey: .number(ProcessState.start(of: pid, root: root).flatMap { Int(exactly: $0) }),
        ]
        let document = JSONDocument("status", fields.merging(own) { _, new in new })
        try root.makeFolder(StatePath.folder)
        try root.replace(path, Array((document.text + "\n").utf8))
    }

    static func remove(root: Root) { try? root.remove(path) }

    /// The document of the monitor that runs; nil where none does, or where what is there cannot be understood.
    static func read(root: Root) -> [String: JSONValue]? {
        guard let bytes = try? root.read(path, limit: limit),
            var fields = (try? JSONParser.document(bytes))?.sorted.fields,
            case .number(let pid)? = fields["pid"], case .number(let start)? = fields[startKey],
            ProcessState.start(of: pid, root: root) == UInt64(exactly: start)
        else { return nil }
        fields[startKey] = nil
        return fields
    }
}
