import Passthrough

/// One function on its way through a plan.
struct Work {
    let plan: FunctionPlan
    /// The driver that it shall end with; nil for none.
    let goal: DriverName?
    /// The record that was there before this run.
    var previous: FunctionRecord?
    var record: FunctionRecord?
    /// What it goes back to if the work fails.
    var origin: WayBack
    var made: [StepOutcome] = []
    var undone: [Step]?
    var error: String?
    /// What the undo could not put right, and the commands that do.
    var leftOver: String?
    var isVanished = false
    /// Whether an override stands for the time of one bind.
    var hasLentOverride = false

    var address: PCIAddress { plan.function.address }

    init(plan: FunctionPlan, goal: DriverName?) {
        self.plan = plan
        self.goal = goal
        origin = WayBack(driver: plan.function.driver, driverOverride: plan.function.driverOverride)
    }

    /// Whether an earlier run began the work and was cut short.
    var isResumed: Bool { previous.map { $0.phase != .rebound } ?? false }

    /// Takes up what an earlier run left: what was there before that run is what the function goes back to.
    mutating func follow(_ previous: FunctionRecord?) {
        self.previous = previous
        guard isResumed, let previous else { return }
        if plan.function.driver == nil || plan.function.driver == previous.target {
            origin.driver = previous.nativeDriver
        }
        if previous.overrideWritten { origin.driverOverride = previous.nativeOverride }
    }

    /// Steps that take the function from one driver to the other, or those before.
    func steps(takeover: Bool) -> [Step] {
        plan.steps.filter { ([.unbind, .bind, .probe].contains($0.operation)) == takeover }
    }

    func outcome(_ outcome: Outcome, _ kernel: any Kernel, error: String?) -> FunctionOutcome {
        FunctionOutcome(
            address: address, policy: plan.policy, outcome: outcome, driver: kernel.driver(of: address), steps: made,
            guards: plan.guards, error: error, undone: undone)
    }

    /// What went wrong and where the function is now.
    func report(_ kernel: any Kernel, wanted: DriverName?) -> String {
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

extension FunctionRecord {
    /// Remembers, ahead of steps that write an override, what it was before the first of them.
    mutating func noteOverride(in steps: [Step], before: String?) {
        guard !overrideWritten, steps.contains(where: { [.setOverride, .clearOverride].contains($0.operation) }) else {
            return
        }
        overrideWritten = true
        nativeOverride = before
    }
}
