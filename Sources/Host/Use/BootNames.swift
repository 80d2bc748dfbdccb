import HostFiles
import Passthrough

/// What the boot is going to mount or open, and so far has not: fstab(5), crypttab(5), `root=` and `resume=`.
///
/// Asked only before local-fs.target; afterwards what is used is seen to be used.
struct BootNames {
    /// What is named and not present yet: any disk that still comes may be it.
    private(set) var missing: [Evidence] = []
    private var usesByName: [String: [BootReference]] = [:]

    private struct Entry {
        let specification: String
        let reference: BootReference
        /// Whether the boot waits for it.
        var isWanted = true
    }

    init(root: Root, devices: BlockDevices) {
        guard BootState(root: root).isBeforeLocalFileSystems else { return }
        let entries = BootNames.fileSystems(root) + BootNames.encrypted(root) + BootNames.kernelParameters(root)
        guard !entries.isEmpty else { return }
        let known = devices.names.map { ($0, devices.properties(of: $0) ?? [:]) }
        for entry in entries {
            let matches = known.filter { BootNames.names(entry.specification, $0.0, $0.1, root) }.map(\.0)
            for name in matches { usesByName[name, default: []].append(entry.reference) }
            if matches.isEmpty, entry.isWanted { missing.append(.awaitedDisk(entry.specification, entry.reference)) }
        }
    }

    func uses(of name: String) -> [BootReference] { usesByName[name] ?? [] }

    private static func fileSystems(_ root: Root) -> [Entry] {
        rows(root, "/etc/fstab").compactMap { fields in
            guard fields.count > 1, isDevice(fields[0]) else { return nil }
            let point = MountInfo.unescape(Substring(fields[1]))
            let options = fields.count > 3 ? fields[3].split(separator: ",") : []
            let isSwap = fields.count > 2 && fields[2] == "swap"
            return Entry(
                specification: MountInfo.unescape(Substring(fields[0])),
                reference: isSwap ? .swap : .fileSystem(point: point), isWanted: !options.contains("noauto"))
        }
    }

    private static func encrypted(_ root: Root) -> [Entry] {
        rows(root, "/etc/crypttab").compactMap { fields in
            guard fields.count > 1, isDevice(fields[1]) else { return nil }
            let options = fields.count > 3 ? fields[3].split(separator: ",") : []
            return Entry(
                specification: fields[1], reference: .encrypted(name: fields[0]),
                isWanted: !options.contains("noauto"))
        }
    }

    private static func kernelParameters(_ root: Root) -> [Entry] {
        (root.attribute("/proc/cmdline") ?? "").split(separator: " ").compactMap { word in
            for key in ["root", "resume"] where word.hasPrefix("\(key)=") {
                let value = String(word.dropFirst(key.count + 1))
                guard isDevice(value) else { return nil }
                // Who runs from another root than this one says, as a live system does, does not wait for it.
                return Entry(specification: value, reference: .kernelParameter(key), isWanted: false)
            }
            return nil
        }
    }

    private static func rows(_ root: Root, _ path: String) -> [[String]] {
        guard let bytes = try? root.read(path, limit: 1 << 20) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        }.filter { $0.first?.hasPrefix("#") == false }
    }

    /// The tags of mount(8) and the key of udev's database that each is compared with.
    private static let tags = [
        "UUID": ["ID_FS_UUID", "ID_FS_UUID_ENC"], "LABEL": ["ID_FS_LABEL", "ID_FS_LABEL_ENC"],
        "PARTUUID": ["ID_PART_ENTRY_UUID"], "PARTLABEL": ["ID_PART_ENTRY_NAME"],
    ]

    private static func isDevice(_ text: String) -> Bool {
        text.hasPrefix("/dev/") || tags.keys.contains { text.hasPrefix("\($0)=") }
    }

    private static func names(
        _ specification: String, _ name: String, _ properties: [String: String], _ root: Root
    ) -> Bool {
        guard let equals = specification.firstIndex(of: "="), !specification.hasPrefix("/") else {
            return specification == "/dev/\(name)" || BlockDevices.name(of: specification, root) == name
        }
        let value = specification[specification.index(after: equals)...].filter { $0 != "\"" }.lowercased()
        return (tags[String(specification[..<equals])] ?? []).contains { properties[$0]?.lowercased() == value }
    }
}
