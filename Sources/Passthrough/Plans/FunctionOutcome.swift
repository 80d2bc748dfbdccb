/// What was done for one function, and how it ended.
package struct FunctionOutcome: Sendable, Hashable {
    package let address: PCIAddress
    package var policy: String?
    package var outcome: Outcome
    /// The driver at the end.
    package var driver: DriverName?
    package var steps: [StepOutcome]
    package var guards: [GuardFinding]
    /// What went wrong, what is left, and what mends it.
    package var error: String?
    /// The steps that were undone; nil where nothing had to be.
    package var undone: [Step]?

    package init(
        address: PCIAddress, policy: String? = nil, outcome: Outcome, driver: DriverName? = nil,
        steps: [StepOutcome] = [], guards: [GuardFinding] = [], error: String? = nil, undone: [Step]? = nil
    ) {
        self.address = address
        self.policy = policy
        self.outcome = outcome
        self.driver = driver
        self.steps = steps
        self.guards = guards
        self.error = error
        self.undone = undone
    }
}

extension FunctionOutcome {
    /// Whether another try without an event may do better: the work failed, its worker hangs, or a guard could not find out what it asks.
    package var isToBeRetried: Bool {
        switch outcome {
        case .failed, .stuck: true
        case .refused: guards.contains { $0.refuses && $0.verdict == .unknown }
        default: false
        }
    }
}
