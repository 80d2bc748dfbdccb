/// Facts of a function that cost more than they are worth unless a policy asks for them.
package struct FunctionFacts: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing; made without the protocol's generic initialiser, which costs `handle` a tenth of its instructions.
    package static var none: FunctionFacts { FunctionFacts(rawValue: 0) }
    package static let slot = FunctionFacts(rawValue: 1)
    package static let serialNumber = FunctionFacts(rawValue: 2)
    package static let removability = FunctionFacts(rawValue: 4)
    /// `fid`, `uid` and `pchid`.
    package static let zPCI = FunctionFacts(rawValue: 8)
    package static let virtualFunctions = FunctionFacts(rawValue: 32)
    /// Only a brief reading leaves it out.
    package static let numaNode = FunctionFacts(rawValue: 64)
    /// Which variant drivers there are; a fact of the host.
    package static let variants = FunctionFacts(rawValue: 16)
    /// What is read of every function for a snapshot.
    package static let all: FunctionFacts = [.slot, .serialNumber, .removability, .zPCI]
}
