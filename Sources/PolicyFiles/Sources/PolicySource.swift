package import HostFiles
import Passthrough
import SystemPackage

/// Where policies come from: the three folders, or the files and folders that the user named.
package struct PolicySource: Sendable {
    /// By rank: a file hides those of its name in the folders after it.
    package static let folders = ["/etc", "/run", "/usr/lib"].map { $0 + "/vfio-rebind/policy.d" }

    let root: Root
    let trust: PolicyTrust
    private let paths: [String]

    /// Takes the files and folders of `--policy`; none means the three folders.
    ///
    /// Every path is taken below the root. `strict` is for commands that write to the kernel (see `PolicyTrust`).
    package init(root: Root, paths: [String] = [], strict: Bool) {
        self.init(root: root, paths: paths, trust: PolicyTrust(strict: strict, root: root))
    }

    /// The same with a trust of one's own.
    package init(root: Root, paths: [String] = [], trust: PolicyTrust) {
        self.root = root
        self.paths = paths
        self.trust = trust
    }

    /// Finds and reads everything. Never throws: what is wrong stands in the result, all of it.
    package func load() -> PolicyLoad {
        var load = PolicyLoad()
        var names = PolicyNames()
        for path in paths.isEmpty ? standardFiles(&load) : namedFiles(&load) {
            guard let bytes = read(path, &load) else { continue }
            load.fingerprint.add(Array(path.utf8))
            load.fingerprint.add(bytes)
            let document = PolicyDocument(bytes, file: path)
            load.errors += document.errors
            load.warnings += document.warnings
            load.errors += names.add(document.entries, file: path)
            load.errors += document.entries.flatMap { AccessForm.problems($0, file: path, root: root) }
            load.policies += document.entries.compactMap(\.policy)
        }
        return load
    }

    /// The files of the three folders that no other one hides, in the order of their names.
    private func standardFiles(_ load: inout PolicyLoad) -> [String] {
        var chosen: [[UInt8]: String] = [:]
        for folder in PolicySource.folders {
            load.watched.append(WatchedPath(folder, below: root))
            for name in names(in: folder, isOptional: true, &load) {
                let path = "\(folder)/\(name)"
                let key = Array(name.utf8)
                if let higher = chosen[key] {
                    load.files.append(PolicyFile(path: path, state: .hidden(by: higher)))
                } else {
                    chosen[key] = path
                }
            }
        }
        return chosen.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    /// The files that the user named, and those of the named folders in the order of their names.
    private func namedFiles(_ load: inout PolicyLoad) -> [String] {
        var files: [String] = []
        for path in paths {
            guard let status = try? root.status(path), status.isFolder else {
                files.append(path)
                continue
            }
            load.watched.append(WatchedPath(path, status: status))
            let prefix = path.hasSuffix("/") ? path : path + "/"
            files += names(in: path, isOptional: false, &load).map { prefix + $0 }
        }
        return files
    }

    /// The names of policy files in a folder, in the order of their bytes: `*.toml`, hidden files left out.
    private func names(in folder: String, isOptional: Bool, _ load: inout PolicyLoad) -> [String] {
        do {
            let status = try root.status(folder)
            if status.isFolder { report(trust.findings(status), of: folder, &load) }
            return try root.names(in: folder)
                .filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch Errno.noSuchFileOrDirectory where isOptional {
            return []
        } catch {
            load.errors.append(PolicyError(file: folder, reason: "the folder cannot be read: \(error)"))
            return []
        }
    }

    /// Says the findings; whether they let the file pass.
    @discardableResult
    func report(_ findings: [PolicyTrust.Finding], of path: String, _ load: inout PolicyLoad) -> Bool {
        for finding in findings {
            let message = PolicyError(file: path, reason: finding.reason)
            if finding.isError { load.errors.append(message) } else { load.warnings.append(message) }
        }
        return !findings.contains { $0.isError }
    }
}
