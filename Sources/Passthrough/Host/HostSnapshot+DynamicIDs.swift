extension HostSnapshot {
    /// Whether a function still depends on a device ID that is registered with a driver, another one than that at `address`.
    package func needs(_ id: PCIID, with driver: DriverName, besides address: PCIAddress? = nil) -> Bool {
        records.values.contains { record in
            record.address != address && record.id == id && record.target == driver && record.method == .newID
        }
    }

    /// Whether a function that was bound by hand, or whose rebind has not ended, depends on a registered device ID. One that was bound
    /// by a policy keeps its driver without the ID.
    package func isRebinding(_ id: PCIID, with driver: DriverName) -> Bool {
        records.values.contains { record in
            record.id == id && record.target == driver && record.method == .newID
                && (record.isByHand || record.phase != .rebound)
        }
    }
}
