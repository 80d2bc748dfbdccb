import Passthrough

/// How one step ended: the errno's name, and a reason where that is a failure.
struct Attempt {
    let result: String
    let reason: String?

    static let done = Attempt(result: "ok", reason: nil)
}

/// One function on its way through a plan.
struct Work {
    let plan: FunctionPlan
    /// The driver that it shall end with; nil for none.
    let goal: DriverName?
    var record: FunctionRecord?
    /// Whether this program had rebound it before.
    var wasKnown = false
    var made: [StepOutcome] = []
    var undone: [Step]?
    var error: String?
    /// What the undo could not put right, and the command that does.
    var leftOver: String?
    var isVanished = false
    /// Whether a bind that is refused for now may be tried again.
    var mayRetry = true

    var address: PCIAddress { plan.function.address }

    init(plan: FunctionPlan, goal: DriverName?) {
        self.plan = plan
        self.goal = goal
    }

    /// Steps that take the function from one driver to the other, or those before.
    func steps(takeover: Bool) -> [Step] {
        plan.steps.filter { ([.unbind, .bind, .probe].contains($0.operation)) == takeover }
    }

    func outcome(_ outcome: Outcome, _ kernel: some Kernel, error: String?) -> FunctionOutcome {
        FunctionOutcome(
            address: address, policy: plan.policy, outcome: outcome, driver: kernel.driver(of: address), steps: made,
            guards: plan.guards, error: error, undone: undone)
    }

    /// What went wrong and where the function is now.
    func report(_ kernel: some Kernel, wanted: DriverName?) -> String {
        let driver = kernel.driver(of: address)
        var sentences = [error ?? "another function of its IOMMU group failed, so it was put back"]
        if let leftOver {
            sentences.append(leftOver)
        } else {
            let none = wanted == nil ? "it has no driver, as before" : "it has no driver"
            sentences.append(driver.map { "it is on \($0)" } ?? none)
        }
        return sentences.joined(separator: "; ")
    }
}
