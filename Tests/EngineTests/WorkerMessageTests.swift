import Passthrough
import Testing

@testable import Engine

@Suite("Worker messages")
struct WorkerMessageTests {
    private let address = PCIAddress("10000:e1:00.0")

    private func outcome(undone: [Step]?) throws -> FunctionOutcome {
        let address = try #require(address)
        let driver = try #require(DriverName("mlx4_core"))
        let step = Step.unbind(address, from: driver)
        return FunctionOutcome(
            address: address, policy: "p", outcome: .failed, driver: nil,
            steps: [
                StepOutcome(step: .loadModule(of: .vfioPCI, for: nil), result: "ok", milliseconds: 3),
                StepOutcome(step: step, result: "ENODEV", milliseconds: -1),
            ],
            guards: [
                GuardFinding(
                    .storage,
                    UseFinding(
                        .busy, [.recorded("ä", .mounted), .recorded("")], isOverridable: false, isAbsence: true),
                    setting: .warn,
                    refuses: true),
                GuardFinding(.network, UseFinding(.free), setting: .enforce, refuses: false),
            ], error: "Grüße", undone: undone)
    }

    @Test("an outcome comes as it was sent", arguments: [0, 1, 2])
    func outcomes(_ count: Int) throws {
        let address = try #require(address)
        let sent = try outcome(undone: count == 0 ? nil : Array(repeating: .probe(address), count: count - 1))
        guard case .ended(let received)? = WorkerMessage(WorkerMessage.ended(sent).bytes) else {
            Issue.record("not an outcome")
            return
        }
        #expect(received == sent)
    }

    @Test("a step comes as it was sent")
    func steps() throws {
        let step = Step.setOverride("vfio-pci", of: try #require(address))
        guard case .began(let received, let seconds)? = WorkerMessage(WorkerMessage.began(step, seconds: 120).bytes)
        else {
            Issue.record("not a step")
            return
        }
        #expect(received == step && seconds == 120)
    }

    @Test("work that was declined has nothing else to say")
    func declined() {
        guard case .declined? = WorkerMessage(WorkerMessage.declined.bytes) else {
            Issue.record("not declined")
            return
        }
        #expect(WorkerMessage(WorkerMessage.declined.bytes + [0]) == nil)
    }

    @Test("what is cut short, changed or longer is no message, and no trap")
    func damage() throws {
        let whole = WorkerMessage.ended(try outcome(undone: [])).bytes
        for count in 0..<whole.count { #expect(WorkerMessage(Array(whole.prefix(count))) == nil) }
        #expect(WorkerMessage(whole + [0]) == nil)
        for index in whole.indices {
            for byte: UInt8 in [0, 1, 0x7f, 0xff] {
                var changed = whole
                changed[index] = byte
                _ = WorkerMessage(changed)
            }
        }
    }
}

extension WorkerMessage: Equatable {
    static func == (left: WorkerMessage, right: WorkerMessage) -> Bool { left.bytes == right.bytes }
}
