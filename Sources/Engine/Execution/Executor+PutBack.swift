import Host
import HostFiles
import Passthrough
import SystemPackage

extension Executor {
    /// Undoes what an earlier run began and did not end, where the policies do not want it any more.
    func putBack(_ record: FunctionRecord, _ function: PCIFunction) -> FunctionOutcome {
        let snapshot = SnapshotReader(root: state.root)
            .forRelease(function, override: kernel.driverOverride(of: function.address))
        let plan = ReleasePlan.plan(
            for: snapshot.function(at: function.address) ?? function, in: snapshot, overrides: [])
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
