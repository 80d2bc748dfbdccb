package import SystemPackage

/// Why a module was not loaded.
package struct LoadFailure: Error, Hashable, CustomStringConvertible {
    package let error: Errno
    /// What the program that loads modules said.
    package let description: String

    package init(_ error: Errno, _ description: String) {
        self.error = error
        self.description = description
    }
}
