import Glibc
package import HostFiles
import SystemPackage

/// Whose policies are followed: who may own their files and folders, and who may write to them.
package struct PolicyTrust: Sendable {
    /// Whether every finding refuses the file, as for commands that write to the kernel.
    package let isStrict: Bool
    private let owners: [UInt32]

    /// Root alone may own policies; below a root other than `/` the invoking user too.
    package init(strict: Bool, root: Root) {
        self.init(strict: strict, owners: root.isHost ? [0] : [0, geteuid()])
    }

    /// The rule with other owners.
    package init(strict: Bool, owners: [UInt32]) {
        isStrict = strict
        self.owners = owners
    }

    /// What is found of one file or folder.
    package struct Finding: Hashable, Sendable {
        package let reason: String
        /// Whether it refuses the file; else it is said as a warning.
        package let isError: Bool
    }

    /// Looks at owner and mode.
    ///
    /// A file that others may write is refused by every command; a folder like that, one that the group may write, and a wrong owner,
    /// only by those that write to the kernel. Access control lists count: their mask stands in the bits of the group (acl(5)).
    package func findings(_ status: FileStatus) -> [Finding] {
        var findings: [Finding] = []
        if !owners.contains(status.owner) {
            let right = Set(owners).sorted().map { $0 == 0 ? "root" : "user \($0)" }.joined(separator: " or ")
            findings.append(
                Finding(reason: "owned by user \(status.owner), must be owned by \(right)", isError: isStrict))
        }
        if status.isWritableByOthers {
            let mode = String(status.mode & 0o7777, radix: 8)
            let padded = String(repeating: "0", count: max(0, 4 - mode.utf8.count)) + mode
            findings.append(
                Finding(
                    reason: "group or others may write to it (mode \(padded)); chmod go-w",
                    isError: isStrict || !status.isFolder && status.mode & 0o002 != 0))
        }
        return findings
    }
}
