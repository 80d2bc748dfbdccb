import HostFiles
import PolicyFiles

struct SettingsReader: FuzzReader {
    private let folder: FuzzFolder

    init() throws {
        folder = try FuzzFolder()
        try folder.file(MonitorSettings.path, "")
    }

    func complaint(_ bytes: [UInt8]) -> String? {
        folder.fill(MonitorSettings.path, bytes)
        let load = SettingsLoad(root: folder.root, strict: true)
        _ = load.errors.map(\.description)
        let isSane = (1...1024).contains(load.settings.workers) && (0...60_000).contains(load.settings.reloadDelay)
        return isSane ? nil : "settings out of range: \(load.settings)"
    }
}
