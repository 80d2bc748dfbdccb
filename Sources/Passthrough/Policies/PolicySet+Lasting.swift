extension PolicySet {
    /// The same policies with only those keys whose answer stays while a function is there: one that none of these matches can be
    /// matched by none of the policies, whatever becomes of its driver, its `physfn` link or what firmware says of it.
    package var lasting: PolicySet {
        PolicySet(
            policies.map { policy in
                var lasting = policy
                lasting.match = Match(
                    ids: policy.match.ids, subsystems: policy.match.subsystems, classes: policy.match.classes,
                    addresses: policy.match.addresses)
                lasting.match.paths = policy.match.paths
                lasting.except = nil
                return lasting
            })
    }
}
