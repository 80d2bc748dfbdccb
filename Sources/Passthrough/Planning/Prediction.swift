/// What the Simulator says of a plan.
enum Prediction {
    /// The driver at the end of every function whose driver the plan changes, siblings that `new_id` takes included.
    static func drivers(after plan: HostPlan, on snapshot: HostSnapshot) -> [PCIAddress: DriverName?] {
        if plan.registrations.isEmpty, plan.functions.allSatisfy(\.steps.isEmpty) { return [:] }
        let targets = Set(plan.functions.compactMap(\.target) + plan.registrations.map(\.driver))
        let described = targets.sorted { $0.text < $1.text }.map { driver in
            let isRegistered = snapshot.drivers[driver] ?? .registered == .registered
            return driver == .vfioPCI
                ? SimulatedDriver.vfioPCI(isRegistered: isRegistered)
                : SimulatedDriver(driver, ids: nativeIDs(of: driver, snapshot), isRegistered: isRegistered)
        }
        var after = Simulator(
            functions: snapshot.functions, drivers: described,
            dynamicIDs: Dictionary(
                uniqueKeysWithValues: snapshot.registeredIDs.map { driver, ids in
                    (driver, ids.filter { !plan.withdrawals.contains(Withdrawal(id: $0, driver: driver)) }.sorted())
                }))
        after.allowsNoIOMMU = snapshot.allowsNoIOMMU
        var registered: Set<PCIID> = []
        for function in plan.functions {
            for step in function.steps { _ = after.run(step) }
            if function.steps.contains(where: { $0.operation == .registerID }) {
                registered.insert(function.function.id)
            }
        }
        for registration in plan.registrations where !registered.contains(registration.id) {
            if !after.isRegistered(registration.driver) {
                _ = after.run(.loadModule(of: registration.driver, for: nil))
            }
            _ = after.run(.registerID(registration.id, with: registration.driver, for: nil))
        }
        var predicted: [PCIAddress: DriverName?] = [:]
        for function in snapshot.functions {
            let driver = after.driver(of: function.address)
            if driver != function.driver { predicted[function.address] = .some(driver) }
        }
        return predicted
    }

    /// The types that a driver had before this program took functions from it: they are in its own table.
    private static func nativeIDs(of driver: DriverName, _ snapshot: HostSnapshot) -> [PCIID] {
        Set(snapshot.records.values.filter { $0.nativeDriver == driver }.map(\.id)).sorted()
    }
}

extension HostPlan {
    /// The same plan with the Simulator's prediction.
    package func predicted(on snapshot: HostSnapshot) -> HostPlan {
        var plan = self
        plan.predicted = Prediction.drivers(after: self, on: snapshot)
        return plan
    }
}
