/// How the work on one function ended.
package enum Outcome: String, Sendable, CaseIterable {
    case rebound, released, already, refused, failed, stuck, vanished, contested, held, ignored
}

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

/// One step that was made.
package struct StepOutcome: Sendable, Hashable {
    package let step: Step
    /// `ok`, or the errno's name.
    package let result: String
    package let milliseconds: Int

    package init(step: Step, result: String, milliseconds: Int) {
        self.step = step
        self.result = result
        self.milliseconds = milliseconds
    }
}

/// A card type that was registered, or could not be.
package struct WithdrawalOutcome: Sendable, Hashable {
    package let withdrawal: Withdrawal
    /// `ok`, or the errno's name; ENODEV is an id that the driver did not know any more.
    package let result: String

    package init(withdrawal: Withdrawal, result: String) {
        self.withdrawal = withdrawal
        self.result = result
    }
}

package struct RegistrationOutcome: Sendable, Hashable {
    package let registration: Registration
    /// `ok`, or the errno's name; EEXIST is an id that was known already.
    package let result: String
    /// Why it failed, in words; nil where that is not known, or where it did not fail.
    package let reason: String?

    package init(registration: Registration, result: String, reason: String? = nil) {
        self.registration = registration
        self.result = result
        self.reason = reason
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

extension RegistrationOutcome {
    /// Whether it failed. EINPROGRESS is a write that waits for another function, by which the driver knows the ID already.
    package var isToBeRetried: Bool { !["ok", "EEXIST", "EINPROGRESS"].contains(result) }
}
