import Host
import HostFiles
import Passthrough
import SystemPackage

/// The way back to a driver whose table does not have the card: `bind` says ENODEV (drivers/pci/pci-driver.c, pci_match_device). An
/// override or an id that is gone since had let it in; an override for the time of the bind does so again.
extension Executor {
    /// Names the driver that the function goes back to; whether the bind is worth another try.
    func lendOverride(_ work: inout Work) -> Bool {
        guard let driver = work.goal, kernel.driverOverride(of: work.address) == nil else { return false }
        work.hasLentOverride = make(.setOverride(driver.text, of: work.address), &work)
        return work.hasLentOverride
    }

    /// Clears the override behind the bind.
    func takeOverrideBack(_ work: inout Work) {
        guard work.hasLentOverride, !hasVanished(work) else { return }
        work.hasLentOverride = false
        _ = make(.clearOverride(of: work.address), &work)
    }

    private func make(_ step: Step, _ work: inout Work) -> Bool {
        work.record?.noteOverride(in: [step], before: nil)
        if let record = work.record { try? state.save(record) }
        let attempt = timed(step, &work) { work in
            tryQuietly(step, work).map { Attempt(result: $0, reason: $0) } ?? .done
        }
        return attempt.reason == nil
    }

    /// The same for a step of an undo; the errno's name if the driver does not take it so either.
    func bindByOverride(_ step: Step, to driver: DriverName, _ work: inout Work) -> String? {
        let address = work.address
        guard kernel.driverOverride(of: address) == nil else { return "ENODEV" }
        work.record?.noteOverride(in: [.clearOverride(of: address)], before: nil)
        if let record = work.record { try? state.save(record) }
        if let problem = tryQuietly(.setOverride(driver.text, of: address), work) { return problem }
        let problem = tryQuietly(step, work)
        _ = tryQuietly(.clearOverride(of: address), work)
        return problem
    }
}
