/// The role of a function in SR-IOV.
package enum FunctionRole: String, Sendable, CaseIterable {
    case physical, virtual
}
