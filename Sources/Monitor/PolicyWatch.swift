import Glibc
import HostFiles
import PolicyFiles
import SystemPackage

/// Tells when policies or settings may have changed: inotify(7) over their folders, those that are not there yet too.
///
/// A folder that is missing is waited for in the nearest one above it. A swap of `..data`, as Kubernetes does it, is a rename in the
/// folder.
final class PolicyWatch {
    private let file: OpenFile
    private var interests: [Int32: Interest] = [:]

    /// What of a watched folder or file counts.
    private enum Interest {
        case everything
        case names(Set<String>)
    }

    private static let folderMask = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
    )
    private static let fileMask = UInt32(IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

    /// Watches the folders; `files` are those that were read, of which links are followed.
    init(folders: [String], files: [String]) throws(Errno) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw Errno.last }
        file = OpenFile(descriptor)
        for folder in folders { addFolder(folder) }
        for path in files {
            addName(of: path)
            if PolicyWatch.isLink(path) { add(path, PolicyWatch.fileMask, .everything) }
        }
    }

    var descriptor: Int32 { file.descriptor }

    private func addFolder(_ path: String) {
        if !add(path, PolicyWatch.folderMask | UInt32(IN_ONLYDIR), .everything) || PolicyWatch.isLink(path) {
            addName(of: path)
        }
    }

    /// Watches for a name in the nearest folder that is there.
    private func addName(of path: String) {
        guard let slash = path.lastIndex(of: "/"), path != "/" else { return }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        let name = String(path[path.index(after: slash)...])
        if !add(folder, PolicyWatch.folderMask | UInt32(IN_ONLYDIR), .names([name])) { addName(of: folder) }
    }

    @discardableResult
    private func add(_ path: String, _ mask: UInt32, _ interest: Interest) -> Bool {
        let number = inotify_add_watch(file.descriptor, path, mask)
        guard number >= 0 else { return false }
        switch (interests[number], interest) {
        case (.everything, _): break
        case (.names(let names)?, .names(let more)): interests[number] = .names(names.union(more))
        default: interests[number] = interest
        }
        return true
    }

    private static func isLink(_ path: String) -> Bool {
        (try? Root.host.status(path, followingLink: false))?.isLink ?? false
    }

    /// Takes what has come; whether any of it concerns policies or settings. Never waits.
    func drain() -> Bool {
        var hasChanged = false
        var bytes = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = bytes.withUnsafeMutableBytes { read(file.descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return hasChanged }
            bytes.withUnsafeBytes { buffer in
                var place = 0
                while place + MemoryLayout<inotify_event>.size <= count {
                    let event = buffer.loadUnaligned(fromByteOffset: place, as: inotify_event.self)
                    place += MemoryLayout<inotify_event>.size
                    let name = buffer[place..<min(count, place + Int(event.len))].prefix { $0 != 0 }
                    place += Int(event.len)
                    hasChanged = hasChanged || concerns(event, String(decoding: name, as: UTF8.self))
                }
            }
        }
    }

    private func concerns(_ event: inotify_event, _ name: String) -> Bool {
        if name.isEmpty { return true }
        return switch interests[event.wd] {
        // What starts with one dot is somebody's unfinished file; `..data` is a link that is swapped.
        case .everything: name.hasSuffix(".toml") && !name.hasPrefix(".") || name.hasPrefix("..")
        case .names(let names): names.contains(name)
        case nil: false
        }
    }
}
