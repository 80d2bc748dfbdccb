/// Why a policy does not match: the key, what it wants, and what the function has (nil: nothing there or unreadable).
package struct Mismatch: Hashable, Sendable {
    package let key: String
    package let wanted: [String]
    package let found: String?

    init(_ key: String, _ wanted: [some CustomStringConvertible], _ found: String?) {
        self.key = key
        self.wanted = wanted.map(\.description)
        self.found = found
    }

    init(key: String, wanted: [String], found: String?) {
        self.key = key
        self.wanted = wanted
        self.found = found
    }
}
