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

    /// Whether something is to be written: `--detailed-exitcode` answers 3.
    package var hasChanges: Bool {
        functions.contains { $0.decision == .rebind } || !registrations.isEmpty || !withdrawals.isEmpty
    }

    /// The registrations that no function's step makes.
    package var registrationsAlone: [Registration] {
        let carried = Set(functions.flatMap(\.steps).filter { $0.operation == .registerID }.map(\.value))
        return registrations.filter { !carried.contains($0.id.newIDText) }
    }
}

/// What is decided for one function, why, and what is written for it.
package struct FunctionPlan: Sendable, Hashable {
    package let function: PCIFunction
    /// The name of the policy that decides; nil without one.
    package var policy: String?
    package var decision: Decision
    /// One sentence.
    package var reason: String
    package var target: DriverName?
    package var method: Method?
    package var steps: [Step]
    package var guards: [GuardFinding]
    package var warnings: [String]
    /// Functions without driver and policy that the registration among the steps takes besides; an undo lets go of them.
    package var alsoTaken: [PCIAddress] = []
    /// Seconds for each kernel write.
    package var timeout: Int
    /// Whether the group's members succeed or fail together.
    package var isGroupBound: Bool
    /// Who may open its VFIO nodes once it is there.
    package var access: Access?

    package init(
        function: PCIFunction, policy: String? = nil, decision: Decision, reason: String, target: DriverName? = nil,
        method: Method? = nil, steps: [Step] = [], guards: [GuardFinding] = [], warnings: [String] = [],
        timeout: Int = 30, isGroupBound: Bool = false
    ) {
        self.function = function
        self.policy = policy
        self.decision = decision
        self.reason = reason
        self.target = target
        self.method = method
        self.steps = steps
        self.guards = guards
        self.warnings = warnings
        self.timeout = timeout
        self.isGroupBound = isGroupBound
    }
}

package enum Decision: String, Sendable, CaseIterable {
    case rebind, already, refused, ignored, held, unmatched
}

/// A card type that is taken back from a driver: functions of it that the driver has stay there.
package struct Withdrawal: Sendable, Hashable, Comparable {
    package let id: PCIID
    package let driver: DriverName

    package init(id: PCIID, driver: DriverName) {
        self.id = id
        self.driver = driver
    }

    package static func < (one: Withdrawal, other: Withdrawal) -> Bool {
        (one.id, one.driver.text) < (other.id, other.driver.text)
    }
}

/// A card type that is registered with a driver.
package struct Registration: Sendable, Hashable {
    package let id: PCIID
    package let driver: DriverName
    package let policy: String
    /// Whether a function of that type is there.
    package let isPresent: Bool

    package init(id: PCIID, driver: DriverName, policy: String, isPresent: Bool) {
        self.id = id
        self.driver = driver
        self.policy = policy
        self.isPresent = isPresent
    }
}
