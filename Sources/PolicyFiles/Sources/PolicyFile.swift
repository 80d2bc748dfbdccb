/// A policy file that was found, whether it was read or not.
package struct PolicyFile: Hashable, Sendable {
    /// As seen without `--root`.
    package let path: String
    package var state: State

    package enum State: Hashable, Sendable {
        /// Its policies count.
        case read
        /// Empty, or a link whose text is `/dev/null`: hides files of its name and has no policies.
        case mask
        /// A file of the same name stands in a folder of higher rank.
        case hidden(by: String)
        /// Could not be read or is not trusted: there is an error.
        case refused
    }
}
