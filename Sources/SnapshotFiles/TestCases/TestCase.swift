import JSON
package import Passthrough
import TOML

/// One `[[case]]` of a test file: a function in its surroundings, and what the policies are to make of it.
package struct TestCase: Sendable {
    package let name: String
    package let file: String
    /// Where the function is found.
    package let host: Host
    package let address: PCIAddress
    package let expected: Expectation

    package enum Host: Sendable {
        /// Made up.
        case functions([CapturedFunction])
        /// A snapshot, its path as the case has it.
        case snapshot(String)
        /// The host that the command is about.
        case here
    }

    /// What is expected; nil is not asked for.
    package struct Expectation: Sendable {
        package var decision: Decision?
        package var policy: String?
        package var method: Method?
        /// `none` for none.
        package var driver: String?
        /// A guard that is among those that refuse.
        package var guardName: Guard?
    }
}
