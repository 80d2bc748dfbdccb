/// What a run would do, or did: a decision for each function, registrations, and the prediction.
package struct HostPlan: Sendable {
    /// Whether every guard could look; without root it may not.
    package var isComplete: Bool
    /// Sorted by address; every function that was looked at, unmatched ones too.
    package var functions: [FunctionPlan]
    /// Card types to be registered, whether or not a card of them is present.
    package var registrations: [Registration]
    /// Card types whose registration waits until no function is stuck.
    package var postponed: [Registration] = []
    /// Card types that this program registered and that no policy registers any more, or not while a bystander is there.
    package var withdrawals: [Withdrawal] = []
    /// A function that has to stay where it is, for each policy that would register its ID otherwise, by the policy's name.
    package var bystanders: [String: PCIAddress] = [:]
    /// For every function whose driver the plan changes, the driver that it ends with.
    package var predicted: [PCIAddress: DriverName?]

    package init(
        isComplete: Bool, functions: [FunctionPlan], registrations: [Registration],
        predicted: [PCIAddress: DriverName?] = [:]
    ) {
        self.isComplete = isComplete
        self.functions = functions
        self.registrations = registrations
        self.predicted = predicted
    }

    /// Whether something is to be written, or is not as the policies want it: `--detailed-exitcode` answers 3.
    package var hasChanges: Bool {
        functions.contains { [.rebind, .contested, .stuck].contains($0.decision) } || !registrations.isEmpty
            || !withdrawals.isEmpty
    }

    /// The registrations that no function's step makes.
    package var registrationsAlone: [Registration] {
        let steps = functions.flatMap(\.steps)
        return registrations.filter { registration in
            !steps.contains { $0.registers(registration.id, with: registration.driver) }
        }
    }
}
