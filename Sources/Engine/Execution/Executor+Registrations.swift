import Host
import Passthrough

/// Ids that were registered for a function, and the ways by which they go.
extension Executor {
    /// Whether a function depends on an id that this program registered, besides the one that the record is of.
    private func isNeeded(_ record: FunctionRecord) -> Bool {
        HostSnapshot(functions: [], records: state.records().records)
            .needs(record.id, with: record.target, besides: record.address)
    }

    /// Takes back the id of a function that is released, where the plan left it to another one that is released at the same time: who
    /// drops his record last sees that nobody needs it. What stands against that.
    func takeBackRegistration(_ work: inout Work) -> String? {
        guard let record = work.record, !work.made.contains(where: { $0.step.operation == .removeID }),
            state.registration(of: record.id, with: record.target)?.isDone == true, !isNeeded(record)
        else { return nil }
        let step = Step.removeID(record.id, from: record.target, for: record.address)
        let attempt = timed(step, &work) { _ in registrar.perform(step) }
        return attempt.reason.map { "\($0); the ID \(record.id) is still registered with \(record.target)" }
    }

    /// The step that takes back a registration of which no run saw the end; plans only know those that were seen to end.
    func begunRegistration(of record: FunctionRecord, besides steps: [Step]) -> [Step] {
        guard state.registration(of: record.id, with: record.target)?.isDone == false,
            !steps.contains(where: { $0.operation == .removeID }), !isNeeded(record)
        else { return [] }
        return [.removeID(record.id, from: record.target, for: record.address)]
    }

    /// The steps that take back what the work registered; nothing where another function depends on it.
    func registrationsToTakeBack(_ work: Work) -> [Step] {
        guard let record = work.record,
            work.made.contains(where: { $0.step.operation == .registerID && $0.result == "ok" }), !isNeeded(record)
        else { return [] }
        return [.removeID(record.id, from: record.target, for: work.address)]
    }

    /// Registers the ids that were removed, without which the driver would not take the function back.
    func registerAgain(_ work: Work) {
        guard let id = work.record?.id, let driver = work.record?.target else { return }
        for made in work.made where made.step.operation == .removeID && made.result == "ok" {
            willBegin(made.step, work.plan.timeout)
            _ = registrar.perform(.registerID(id, with: driver, for: work.address))
        }
    }
}
