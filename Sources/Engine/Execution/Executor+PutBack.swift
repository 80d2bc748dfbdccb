import HostFiles
import Passthrough
import SystemPackage

extension Executor {
    /// Undoes what an earlier run began and did not end, where the policies do not want it any more.
    func putBack(_ record: FunctionRecord, _ function: PCIFunction) -> FunctionOutcome {
        var current = function
        current.driverOverride = kernel.driverOverride(of: function.address)
        current.identity.wantsOverride = HostReader(root: state.root).wantsOverride(function)
        var snapshot = HostSnapshot(
            functions: [current], uses: UseReader(root: state.root).uses(of: [current]),
            records: state.records().records, registeredIDs: state.registeredIDs())
        if let native = record.nativeDriver {
            snapshot.drivers[native] = DriverReader(root: state.root).presence(of: native)
        }
        let plan = ReleasePlan.plan(for: current, in: snapshot, overrides: [])
        guard plan.decision == .rebind else {
            return FunctionOutcome(
                address: function.address, outcome: .failed, driver: function.driver, error: plan.reason)
        }
        let outcome = release(plan)
        var result = FunctionOutcome(
            address: function.address, outcome: .released, driver: outcome.driver, error: outcome.error)
        result.undone = outcome.steps.filter { $0.result == "ok" }.map(\.step)
        return result
    }
}
