extension Planner {
    /// The policy that decides about a function, the one of the command line first.
    package func policy(for function: PCIFunction, _ records: [PCIAddress: FunctionRecord]) -> Policy? {
        if let byHand = request.byHand, request.names(function.address) { return byHand }
        let record = records[function.address].map { RecordedDriver($0.nativeDriver) }
        return policies.first(for: function, recordedDriver: record)
    }
}
