import Passthrough

/// What a worker tells its parent.
///
/// The bytes go through a pipe between two copies of one program, so their form is nobody else's business; JSON would cost both sides
/// more than all that the worker does.
enum WorkerMessage {
    /// A step begins and may take that many seconds.
    case began(Step, seconds: Int)
    case ended(FunctionOutcome)
    /// The worker did nothing: what it was given is no work for one who knows so little of the host.
    case declined

    var bytes: [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .began(let step, let seconds):
            writer.put(0)
            writer.put(step)
            writer.put(seconds)
        case .ended(let outcome):
            writer.put(1)
            writer.put(outcome)
        case .declined:
            writer.put(2)
        }
        return writer.bytes
    }

    /// Reads what `bytes` wrote; nil for anything else, which a worker that was killed while it wrote may leave.
    init?(_ bytes: [UInt8]) {
        var reader = MessageReader(bytes)
        switch reader.number() {
        case 0:
            guard let step = reader.step(), let seconds = reader.number() else { return nil }
            self = .began(step, seconds: seconds)
        case 1:
            guard let outcome = reader.outcome() else { return nil }
            self = .ended(outcome)
        case 2:
            self = .declined
        default:
            return nil
        }
        guard reader.isAtEnd else { return nil }
    }
}

/// Appends values: a number in eight bytes, a text after its length, a list after its count; a length of -1 is nil.
private struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func put(_ text: String?) {
        guard let text else { return put(-1) }
        put(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(_ step: Step) {
        put(step.operation.rawValue)
        put(step.address?.description)
        put(step.path)
        put(step.value)
    }

    mutating func put(_ outcome: FunctionOutcome) {
        put(outcome.address.description)
        put(outcome.policy)
        put(outcome.outcome.rawValue)
        put(outcome.driver?.text)
        put(outcome.error)
        put(outcome.steps.count)
        for step in outcome.steps {
            put(step.step)
            put(step.result)
            put(step.milliseconds)
        }
        put(outcome.guards.count)
        for finding in outcome.guards { put(finding) }
        put(outcome.undone?.count ?? -1)
        for step in outcome.undone ?? [] { put(step) }
    }

    private mutating func put(_ finding: GuardFinding) {
        put(finding.name.rawValue)
        put(finding.verdict.rawValue)
        put(finding.setting.rawValue)
        put((finding.refuses ? 1 : 0) | (finding.found.isAbsence ? 2 : 0) | (finding.found.isOverridable ? 4 : 0))
        put(finding.found.evidence.count)
        for evidence in finding.found.evidence {
            put(evidence.text)
            put(evidence.kind?.rawValue)
        }
    }
}

/// Takes the values off again; nil where they are not there.
private struct MessageReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number() -> Int? {
        guard rest.count >= 8 else { return nil }
        var number: UInt64 = 0
        for byte in rest.prefix(8).reversed() { number = number << 8 | UInt64(byte) }
        rest = rest.dropFirst(8)
        return Int(truncatingIfNeeded: number)
    }

    /// Nil within for a text that is nil.
    private mutating func optionalText() -> String?? {
        guard let count = number() else { return nil }
        if count == -1 { return .some(nil) }
        guard count >= 0, count <= rest.count else { return nil }
        let text = String(decoding: rest.prefix(count), as: UTF8.self)
        rest = rest.dropFirst(count)
        return text
    }

    private mutating func text() -> String? { optionalText() ?? nil }

    /// A list whose count stands before it; each element takes eight bytes at least.
    private mutating func list<Element>(_ element: (inout MessageReader) -> Element?) -> [Element]? {
        guard let count = number(), count >= 0, count <= rest.count / 8 else { return nil }
        var list: [Element] = []
        for _ in 0..<count {
            guard let next = element(&self) else { return nil }
            list.append(next)
        }
        return list
    }

    mutating func step() -> Step? {
        guard let operation = text().flatMap(Step.Operation.init), let address = optionalText(),
            let path = optionalText(), let value = text()
        else { return nil }
        return Step(operation, address.flatMap { PCIAddress($0) }, path: path, value: value)
    }

    private mutating func stepOutcome() -> StepOutcome? {
        guard let step = step(), let result = text(), let milliseconds = number() else { return nil }
        return StepOutcome(step: step, result: result, milliseconds: milliseconds)
    }

    private mutating func evidence() -> Evidence? {
        guard let text = text(), let kind = optionalText() else { return nil }
        return .recorded(text, kind.flatMap(EvidenceKind.init))
    }

    private mutating func finding() -> GuardFinding? {
        guard let name = text().flatMap(Guard.init), let verdict = text().flatMap(GuardVerdict.init),
            let setting = text().flatMap(GuardSetting.init), let marks = number(),
            let evidence = list({ $0.evidence() })
        else { return nil }
        let found = UseFinding(verdict, evidence, isOverridable: marks & 4 != 0, isAbsence: marks & 2 != 0)
        return GuardFinding(name, found, setting: setting, refuses: marks & 1 != 0)
    }

    mutating func outcome() -> FunctionOutcome? {
        guard let address = text().flatMap({ PCIAddress($0) }), let policy = optionalText(),
            let outcome = text().flatMap(Outcome.init), let driver = optionalText(), let error = optionalText(),
            let steps = list({ $0.stepOutcome() }), let guards = list({ $0.finding() })
        else { return nil }
        // The count of a list that is nil is -1.
        let isUndone = rest.prefix(8).contains { $0 != 0xff }
        guard let undone = isUndone ? list({ $0.step() }) : number().map({ _ in [] }) else { return nil }
        return FunctionOutcome(
            address: address, policy: policy, outcome: outcome, driver: driver.flatMap { DriverName($0) },
            steps: steps, guards: guards, error: error, undone: isUndone ? undone : nil)
    }
}
