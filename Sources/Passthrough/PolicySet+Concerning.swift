extension PolicySet {
    /// The policies that could have a say over these functions: those that could match one, and those whose ids are registered
    /// whatever else they ask for. On a host of these functions alone, the decisions are the same as by all of them.
    package func concerning(_ functions: [PCIFunction]) -> PolicySet {
        var wanted = Set(policies.indices.filter { policies[$0].method == .newID })
        for function in functions {
            for candidates in positions(for: function) { wanted.formUnion(candidates) }
        }
        return PolicySet(wanted.sorted().map { policies[$0] })
    }
}
