/// What the Simulator says of a plan.
enum Prediction {
    /// The driver at the end of every function whose driver the plan changes, siblings that `new_id` takes included.
    static func drivers(after plan: HostPlan, on snapshot: HostSnapshot) -> [PCIAddress: DriverName?] {
        if plan.registrations.isEmpty, plan.functions.allSatisfy(\.steps.isEmpty) { return [:] }
        var after = Simulator(
            of: snapshot, targets: Set(plan.functions.compactMap(\.target) + plan.registrations.map(\.driver)),
            without: Set(plan.withdrawals))
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
}

extension HostPlan {
    /// The same plan with the Simulator's prediction.
    package func predicted(on snapshot: HostSnapshot) -> HostPlan {
        var plan = self
        plan.predicted = Prediction.drivers(after: self, on: snapshot)
        return plan
    }
}

extension Simulator {
    /// The kernel of a host as a snapshot shows it, with the drivers that functions are to be bound to.
    package init(
        of snapshot: HostSnapshot, targets: Set<DriverName> = [], without withdrawn: Set<Withdrawal> = []
    ) {
        let described = targets.sorted { $0.text < $1.text }.map { driver in
            let isRegistered = snapshot.drivers[driver] ?? .registered == .registered
            return driver == .vfioPCI
                ? SimulatedDriver.vfioPCI(isRegistered: isRegistered)
                : SimulatedDriver(
                    driver, ids: Simulator.nativeIDs(of: driver, snapshot), isRegistered: isRegistered)
        }
        let ids = snapshot.registeredIDs.map { driver, ids in
            (driver, ids.filter { !withdrawn.contains(Withdrawal(id: $0, driver: driver)) }.sorted())
        }
        self.init(
            functions: snapshot.functions, drivers: described, dynamicIDs: Dictionary(uniqueKeysWithValues: ids))
        allowsNoIOMMU = snapshot.allowsNoIOMMU
    }

    /// The device IDs that a driver had before this program took functions from it: they are in its own table.
    private static func nativeIDs(of driver: DriverName, _ snapshot: HostSnapshot) -> [PCIID] {
        Set(snapshot.records.values.filter { $0.nativeDriver == driver }.map(\.id)).sorted()
    }
}
