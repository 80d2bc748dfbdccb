import Passthrough

/// What becomes of the functions of a unit: those that share an IOMMU group, and whose policies ask for it, go together or not at all.
struct GroupWork {
    /// Functions that succeed or fail together.
    private(set) var transactions: [[FunctionPlan]] = []
    /// Functions on which a run was cut short, and that are put back because another member of their group is refused or contested.
    private(set) var abandoned: [FunctionPlan] = []
    /// Functions of which nothing is to be rebound.
    private(set) var settled: [FunctionPlan] = []

    /// `isUnfinished` tells what a run began and was killed over: a function that is on its driver already is part of the
    /// transaction all the same, and goes back with it.
    init(_ plans: [FunctionPlan], isUnfinished: (PCIAddress) -> Bool) {
        var hindered: Set<UInt32> = []
        var moving: Set<UInt32> = []
        for plan in plans where plan.isGroupBound {
            guard let group = plan.function.iommuGroup else { continue }
            // What is refused stays with its driver, or goes back to it. The planner knows that of functions to be rebound.
            let hasDriver = plan.function.driver != nil || isUnfinished(plan.function.address)
            if [.refused, .contested, .stuck].contains(plan.decision), hasDriver { hindered.insert(group) }
            if plan.decision == .rebind { moving.insert(group) }
        }
        var places: [UInt32: Int] = [:]
        for plan in plans {
            let group = plan.isGroupBound ? plan.function.iommuGroup : nil
            let isBegun = plan.decision == .already && group != nil && isUnfinished(plan.function.address)
            guard plan.decision == .rebind || isBegun else {
                settled.append(plan)
                continue
            }
            guard let group else {
                transactions.append([plan])
                continue
            }
            if isBegun, hindered.contains(group) {
                abandoned.append(plan)
            } else if !moving.contains(group) {
                settled.append(plan)
            } else if let place = places[group] {
                transactions[place].append(plan)
            } else {
                places[group] = transactions.count
                transactions.append([plan])
            }
        }
    }
}
