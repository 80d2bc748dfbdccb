/// A question that is asked before a function is taken from its driver.
package enum Guard: String, Sendable, CaseIterable, Comparable {
    case bridge, siblings, target, below, storage, network, open, console, libvirt, iommu, group, vfs, identity
    case inUse = "in-use"

    /// Whether no policy may switch it off. `group` has a key of its own, `group = "ignore"`.
    package var isUnconditional: Bool {
        switch self {
        case .bridge, .siblings, .target, .below, .vfs, .inUse: true
        default: false
        }
    }

    package static func < (left: Guard, right: Guard) -> Bool { left.position < right.position }

    private var position: Int { Guard.allCases.firstIndex(of: self) ?? 0 }
}
