package import HostFiles
package import Passthrough

/// What a worker knows of the host before it reads anything: a snapshot, and the functions with what connects them.
package struct KnownHost {
    /// Records, holds and facts of the host; its own functions do not count.
    package private(set) var snapshot: HostSnapshot
    package private(set) var table: FunctionTable

    package init(_ snapshot: HostSnapshot, _ table: FunctionTable) {
        self.snapshot = snapshot
        self.table = table
    }

    /// Reads functions, their records and holds again; one that is gone is forgotten.
    package mutating func refresh(_ addresses: [PCIAddress], root: Root, wanted: FunctionFacts) {
        guard !addresses.isEmpty else { return }
        let reader = HostReader(root: root, wanted: wanted, isBrief: true)
        for address in addresses {
            if let function = reader.function(at: address) { table.put(function) } else { table.remove(address) }
        }
        snapshot = SnapshotReader(root: root, wanted: wanted).refreshing(Set(addresses), in: snapshot)
    }
}
