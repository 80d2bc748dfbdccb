/// A glob over the chain of functions above a function and itself, root first: `0000:00:1c.0/0000:01:00.0`.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    private let glob: GlobPattern

    /// Reads a pattern. Rejected: characters that no address has, empty parts, and sets without an end.
    package init?(_ text: String) {
        let text = text.lowercased()
        guard text.utf8.allSatisfy({ "0123456789abcdef:.*?[]!^-/".utf8.contains($0) }),
            text.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy({ GlobPattern(String($0)) != nil }),
            let glob = GlobPattern(text, separator: "/")
        else { return nil }
        self.glob = glob
    }

    /// The last function of a chain without wildcards.
    package var exactEnd: PCIAddress? {
        glob.isPlain ? glob.text.split(separator: "/").last.flatMap { PCIAddress($0) } : nil
    }

    /// Whether the whole chain fits.
    package func matches(_ path: [PCIAddress]) -> Bool {
        glob.matches(path.map(\.description).joined(separator: "/"))
    }

    package var description: String { glob.text }
}
