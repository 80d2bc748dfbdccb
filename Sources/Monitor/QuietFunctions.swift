import Host
import HostFiles
import Passthrough

/// Which functions policies may want, whatever becomes of them; and those whose events are passed over: whatever driver they are on, no policy could want them or a member of their IOMMU group.
///
/// What tells that are ids, class, address and path, which stay while the function does; `add` and `remove` are never passed over.
struct QuietFunctions {
    private let root: Root
    /// The policies without the keys whose answer may change.
    private let policies: PolicySet
    /// Those, without what only sysfs tells.
    private let policiesOfNewcomers: PolicySet
    /// PFs are looked at for what their VFs are to be, which no key of their own tells.
    private let isForVirtualFunctions: Bool
    private var addresses: Set<PCIAddress> = []

    init(root: Root, policies: PolicySet) {
        self.root = root
        isForVirtualFunctions = policies.wantedFacts.contains(.virtualFunctions)
        self.policies = policies.lasting
        policiesOfNewcomers = PolicySet(
            self.policies.policies.map { policy in
                var policy = policy
                policy.match.paths = nil
                return policy
            })
    }

    /// Whether nothing is to be done for an event. What this program does to a function by hand, it looks after: that has a record when its
    /// driver binds, and is looked at then.
    func passOver(_ event: Uevent) -> Bool {
        switch event.action {
        case .bind: addresses.contains(event.address) && !root.exists(StatePath.record(event.address))
        case .unbind, .change: addresses.contains(event.address)
        case .add, .remove, .other: false
        }
    }

    /// Whether it concerns nobody.
    func contains(_ address: PCIAddress) -> Bool { addresses.contains(address) }

    /// Whether a policy may match a function of which nothing is known but its address and what the card says.
    func mayBeWanted(_ newcomer: PCIFunction) -> Bool { policiesOfNewcomers.first(for: newcomer) != nil }

    /// Takes in what a look at these functions showed.
    mutating func learn(_ looked: Set<PCIAddress>, on host: WatchedHost, _ records: [PCIAddress: FunctionRecord]) {
        addresses.subtract(looked)
        guard !isForVirtualFunctions else { return }
        for address in looked {
            guard let function = host.functions[address] else { continue }
            let members = [function] + host.mates(of: function)
            guard !members.contains(where: { records[$0.address] != nil || policies.first(for: $0) != nil }) else {
                continue
            }
            addresses.insert(address)
        }
    }
}
