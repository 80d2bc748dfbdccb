import Glibc
import HostFiles
import Passthrough

@testable import PolicyFiles

/// The text of a policy that is right, with more lines.
func policyText(_ name: String, _ more: String = "") -> String {
    "[[policy]]\nname = \"\(name)\"\nmatch = { id = \"15b3:1003\" }\n\(more)\n"
}

/// Reads a text as the file `p.toml`.
func read(_ text: String) -> PolicyDocument { PolicyDocument(Array(text.utf8), file: "p.toml") }

extension PolicyDocument {
    /// The errors as a user sees them.
    var messages: [String] { errors.map(\.description) }
    var policies: [Policy] { entries.compactMap(\.policy) }
}

extension PolicyLoad {
    var names: [String] { policies.map(\.name) }
    var messages: [String] { errors.map(\.description) }
}

/// Multiplies the counts of random tests; `VFIO_REBIND_TEST_SCALE`, 1 if unset.
let testScale = getenv("VFIO_REBIND_TEST_SCALE").flatMap { Double(String(cString: $0)) } ?? 1

/// SplitMix64: the same numbers from the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The files of `corpus/good` or `corpus/bad`, in the order of their names.
func corpus(_ kind: String) throws -> [(name: String, bytes: [UInt8])] {
    let here = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let folder = "/\(here)/corpus/\(kind)"
    return try Root.host.names(in: folder).filter { $0.hasSuffix(".toml") }.map {
        ($0, try Root.host.read("\(folder)/\($0)", limit: PolicySource.sizeLimit))
    }
}
