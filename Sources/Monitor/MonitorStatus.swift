import Host
import HostFiles
import JSON
import Passthrough
import Processes

/// What the monitor can say of itself, and when it is to be written down.
struct MonitorStatus {
    var counters = Counters() {
        didSet { if counters.events == oldValue.events { touch() } else { noteChange() } }
    }
    private let since = Timestamp.text(Clock.now)
    /// How the last work on a function ended.
    private var last: [PCIAddress: (outcome: Outcome, error: String?, time: String)] = [:]
    /// Registrations that failed and are tried again.
    var failedRegistrations: [RegistrationOutcome] = [] { didSet { if failedRegistrations != oldValue { touch() } } }
    private var firstChange: Int64?
    private var lastChange: Int64 = 0
    /// Whether nothing is new but the number of events.
    private var isOnlyCount = true

    /// Milliseconds of quiet before it is written, and how long a storm of events may put that off; longer where none of them
    /// concerned anybody.
    private static let quiet: Int64 = 250
    private static let longest: Int64 = 5000
    private static let longestOfCount: Int64 = 30_000

    /// Something is new.
    mutating func touch() {
        isOnlyCount = false
        noteChange()
    }

    private mutating func noteChange() {
        lastChange = Clock.milliseconds
        firstChange = firstChange ?? lastChange
    }

    /// When it is to be written; nil where nothing is new.
    var nextWrite: Int64? {
        let longest = isOnlyCount ? MonitorStatus.longestOfCount : MonitorStatus.longest
        return firstChange.map { min(lastChange + MonitorStatus.quiet, $0 + longest) }
    }

    mutating func wasWritten() {
        firstChange = nil
        isOnlyCount = true
    }

    mutating func add(_ outcome: FunctionOutcome) {
        switch outcome.outcome {
        case .rebound: counters.rebound += 1
        case .failed: counters.failed += 1
        case .refused: counters.refused += 1
        case .stuck: counters.stuck += 1
        default: touch()
        }
        last[outcome.address] = (outcome.outcome, outcome.error, Timestamp.text(Clock.now))
    }

    /// What was said of a function holds no more.
    mutating func forget(_ address: PCIAddress) {
        last[address] = nil
        touch()
    }

    /// The document, but for what tells the process.
    mutating func fields(
        _ host: WatchedHost, _ policies: PolicySet, _ registrationRetry: RetrySchedule, root: Root
    ) -> [String: JSONValue] {
        last = last.filter { host.functions[$0.key] != nil }
        let state = StateFolder(root: root)
        let stuck = state.stuck()
        let contested = state.contested()
        let snapshot = host.latest ?? HostSnapshot(functions: Array(host.functions.values))
        var functions: [JSONValue] = []
        for (address, function) in host.functions.sorted(by: { $0.key < $1.key }) {
            let policy = policies.first(for: function, recordedDriver: snapshot.recordedDriver(of: address))
            let end = last[address]
            guard policy != nil || end != nil || snapshot.records[address] != nil else { continue }
            functions.append(
                .object([
                    "address": .text(address), "driver": .text(function.driver), "policy": .text(policy?.name),
                    "state": .text(
                        FunctionList.state(
                            function, policy, snapshot, stuck: Set(stuck.keys), contested: contested)),
                    "outcome": .text(end?.outcome.rawValue), "error": .text(stuck[address] ?? end?.error),
                    "time": .text(end?.time), "next_try": MonitorStatus.time(host.nextTry(of: address)),
                ]))
        }
        return [
            "since": .text(since), "functions": .list(functions), "counters": counters.json,
            "registrations": .list(failedRegistrations.map { MonitorStatus.registration($0, registrationRetry) }),
            "policies": .list(
                policies.policies.map {
                    .object(["name": .text($0.name), "file": .text($0.file), "action": .text($0.action.rawValue)])
                }),
        ]
    }

    private static func registration(_ outcome: RegistrationOutcome, _ retry: RetrySchedule) -> JSONValue {
        .object([
            "id": .text(outcome.registration.id), "driver": .text(outcome.registration.driver),
            "policy": .text(outcome.registration.policy), "result": .text(outcome.result),
            "error": .text(outcome.reason), "next_try": time(retry.next),
        ])
    }

    /// A time of `Clock` as the wall clock shows it now; null for none.
    private static func time(_ milliseconds: Int64?) -> JSONValue {
        guard let milliseconds else { return .null }
        return .text(Timestamp.text((Clock.nowInMicroseconds / 1000 + milliseconds - Clock.milliseconds) / 1000))
    }
}
