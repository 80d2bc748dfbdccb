import Passthrough

/// Appends values: a number in eight bytes, a text after its length, a list after its count; a length of -1 is nil.
struct MessageWriter {
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
        put(step.driver?.text)
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
