import HostFiles
import Passthrough
import PolicyFiles

/// Tells from a small file whether any policy could concern an event. (Filled in below.)
struct PolicyIndex {
    init?(root: Root) { return nil }
    func mayConcern(_ event: Uevent, root: Root) -> Bool { true }
    static func save(_ load: PolicyLoad, root: Root) {}
}
