package import Passthrough

/// One `[[policy]]` of a file.
package struct PolicyEntry: Sendable {
    /// Known for a policy that is invalid elsewhere too, so that its name is still held against others.
    package var name: String?
    /// The line of its `[[policy]]`, counted from 1.
    package var line: Int?
    /// nil where anything is wrong with it.
    package var policy: Policy?
}
