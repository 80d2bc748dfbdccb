package import HostFiles
package import Passthrough

/// All policies of a host, and all that is wrong with them.
package struct PolicyLoad: Sendable {
    /// In the order in which they are tried. Not to be used where `errors` is not empty: an invalid file may hold the exception
    /// to a policy of another.
    package internal(set) var policies: [Policy] = []
    /// Of all files, in their order.
    package internal(set) var errors: [PolicyError] = []
    /// Of all files, in their order.
    package internal(set) var warnings: [PolicyError] = []
    /// Every file that was found, in the order in which they are read, hidden ones before.
    package internal(set) var files: [PolicyFile] = []
    /// Everything that the result depends on: the folders, those that are missing too, and the files that were looked at.
    package internal(set) var watched: [WatchedPath] = []
    /// Of the names and contents of all files that were read, in their order.
    package internal(set) var fingerprint = Fingerprint()

    /// Whether reading again would see the same files; costs a stat(2) each.
    ///
    /// A file that is rewritten in place within one tick of the file system's clock, to the same size, goes unnoticed.
    package func isCurrent(below root: Root) -> Bool { watched.allSatisfy { $0.isCurrent(below: root) } }
}
