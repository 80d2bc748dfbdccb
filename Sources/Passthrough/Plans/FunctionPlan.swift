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
