import Glibc
import HostFiles
import SystemPackage

extension PolicySource {
    /// Bytes of a policy file at most.
    package static let sizeLimit = 1_048_576

    /// The content of one file; nil for a mask, and for a file that is refused.
    func read(_ path: String, _ load: inout PolicyLoad) -> [UInt8]? {
        if isNullLink(path) {
            load.watched.append(WatchedPath(path, followsLink: false, below: root))
            load.files.append(PolicyFile(path: path, state: .mask))
            return nil
        }
        do {
            guard let (bytes, status) = try readTrusted(path, &load) else {
                load.files.append(PolicyFile(path: path, state: .refused))
                return nil
            }
            load.watched.append(WatchedPath(path, status: status))
            load.files.append(PolicyFile(path: path, state: bytes.isEmpty ? .mask : .read))
            return bytes.isEmpty ? nil : bytes
        } catch {
            load.watched.append(WatchedPath(path, below: root))
            load.files.append(PolicyFile(path: path, state: .refused))
            load.errors.append(PolicyError(file: path, reason: reason(error, path)))
            return nil
        }
    }

    /// Opens once, judges what is open, and reads that: nobody can put another file in between.
    ///
    /// What is no regular file is not opened at all, since the opening of a device may do things.
    private func readTrusted(_ path: String, _ load: inout PolicyLoad) throws(Errno) -> ([UInt8], FileStatus)? {
        let named = try root.status(path)
        if named.isFolder { throw .isDirectory }
        guard named.isRegular else { throw .invalidArgument }
        guard report(trust.findings(named), of: path, &load) else {
            load.watched.append(WatchedPath(path, status: named))
            return nil
        }
        let file = try root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let status = try file.status()
        guard status == named || trust.findings(status) == trust.findings(named) else {
            throw .resourceTemporarilyUnavailable
        }
        return (try file.readRegular(limit: PolicySource.sizeLimit), status)
    }

    /// Whether a link stands there whose text, not whose target, is `/dev/null`.
    private func isNullLink(_ path: String) -> Bool {
        guard let status = try? root.status(path, followingLink: false), status.isLink else { return false }
        return (try? root.linkText(path)) == "/dev/null"
    }

    private func reason(_ error: Errno, _ path: String) -> String {
        switch error {
        case .isDirectory: "is a folder; a policy file must be a regular file"
        case .invalidArgument: "is no regular file; only an empty file or a link whose text is /dev/null masks"
        case .fileTooLarge: "is larger than 1,048,576 bytes, the limit of a policy file"
        case .resourceTemporarilyUnavailable: "changed while it was looked at"
        case .noSuchFileOrDirectory where (try? root.linkText(path)) != nil: "is a link to a file that is not there"
        case .noSuchFileOrDirectory: "is not there"
        default: "cannot be read: \(error)"
        }
    }
}
