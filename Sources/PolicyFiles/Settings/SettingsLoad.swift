package import HostFiles
import SystemPackage
import TOML

/// The settings of a host, and all that is wrong with their file.
package struct SettingsLoad: Sendable {
    /// Not to be used where `errors` is not empty.
    package private(set) var settings = MonitorSettings()
    package private(set) var errors: [PolicyError] = []
    package private(set) var warnings: [PolicyError] = []
    /// The file as it was when it was read.
    package private(set) var watched: [WatchedPath] = []

    /// Reads `/etc/vfio-rebind/vfio-rebind.toml`; one that is missing or empty leaves every default.
    ///
    /// The file is trusted as policies are: owned by root, not writable by others.
    package init(root: Root, strict: Bool) {
        self.init(root: root, trust: PolicyTrust(strict: strict, root: root))
    }

    init(root: Root, trust: PolicyTrust) {
        let path = MonitorSettings.path
        if (try? root.status(path, followingLink: false)) == nil {
            watched = [WatchedPath(path, below: root)]
            return
        }
        var load = PolicyLoad()
        let bytes = PolicySource(root: root, trust: trust).read(path, &load)
        errors = load.errors
        warnings = load.warnings
        watched = load.watched
        if let bytes { read(bytes, path) }
    }

    private mutating func read(_ bytes: [UInt8], _ path: String) {
        do throws(PolicyError) {
            var reader = TableReader(
                try TOMLTable(bytes, file: path), known: MonitorSettings.keys,
                elsewhere: ["policy": "policies belong into files of /etc/vfio-rebind/policy.d"],
                scope: ErrorScope(file: path))
            settings = MonitorSettings(&reader)
            errors += reader.errors
        } catch {
            errors.append(error)
        }
    }
}
