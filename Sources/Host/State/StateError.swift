import SystemPackage

/// Why the state could not be written; then nothing is written to the kernel either.
package struct StateError: Error, CustomStringConvertible {
    let path: String
    let reason: Errno

    package var description: String { "writing the state: \(path): \(reason)" }
}
