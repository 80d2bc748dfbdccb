import Passthrough

/// Takes the values off again; nil where they are not there.
struct MessageReader {
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
            let driver = optionalText(), let value = text()
        else { return nil }
        return Step(
            operation, address.flatMap { PCIAddress($0) }, driver: driver.flatMap { DriverName($0) }, value: value)
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

extension Step {
    /// Puts together what a message took apart; nil where a part is missing.
    fileprivate init?(_ operation: Operation, _ address: PCIAddress?, driver: DriverName?, value: String) {
        let id = PCIID(String(value.map { $0 == " " ? ":" : $0 }))
        switch (operation, address, driver) {
        case (.loadModule, _, let driver?): self = .loadModule(of: driver, for: address)
        case (.setOverride, let address?, _): self = .setOverride(value, of: address)
        case (.clearOverride, let address?, _): self = .clearOverride(of: address)
        case (.unbind, let address?, let driver?): self = .unbind(address, from: driver)
        case (.bind, let address?, let driver?): self = .bind(address, to: driver)
        case (.probe, let address?, _): self = .probe(address)
        case (.registerID, _, let driver?):
            guard let id else { return nil }
            self = .registerID(id, with: driver, for: address)
        case (.removeID, _, let driver?):
            guard let id else { return nil }
            self = .removeID(id, from: driver, for: address)
        default: return nil
        }
    }
}
