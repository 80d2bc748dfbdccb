import Glibc
import Passthrough
import Testing

private typealias Host = PlannerHost

/// Recorded plans, compared byte for byte; `UPDATE_GOLDEN=1` in the environment writes them anew.
@Suite("Planner: recorded plans")
struct PlannerGoldenTests {
    /// The name of the file and the host that it is the plan of.
    enum Recorded: String, CaseIterable, Sendable {
        case newID = "new-id"
        case secondCard = "second-card"
        case bystander
        case forced = "forced-new-id"
        case override = "driver-override"
        case stale = "stale-override"
        case absent = "absent-types"
        case whole = "whole-group"
        case refusedGroup = "refused-group"
        case disk = "system-disk"
        case withoutRoot = "without-root"
        case missing = "missing-driver"
    }

    @Test("a plan is as recorded", arguments: Recorded.allCases)
    func recorded(_ recorded: Recorded) throws {
        let text = PlanText.text(PlannerGoldenTests.host(recorded).plan)
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let path = "/\(folder)/golden/\(recorded.rawValue).txt"
        if getenv("UPDATE_GOLDEN") != nil {
            let file = try #require(fopen(path, "w"))
            defer { fclose(file) }
            fputs(text, file)
            return
        }
        let file = try #require(fopen(path, "r"), "no \(path); UPDATE_GOLDEN=1 writes it")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    private static let graphics = [
        Host.card(1, id: Host.graphics, driver: "nouveau", group: 1, classCode: 0x030000, header: 0x80),
        Host.card(1, 1, id: Host.sound, driver: "snd_hda_intel", group: 1, classCode: 0x040300, header: 0x80),
        Host.card(0, driver: "pcieport", group: 1, classCode: 0x060400, header: 1),
    ]

    private static func host(_ recorded: Recorded) -> Host {
        let cards = [Host.card(1), Host.card(2, driver: nil)]
        var host = Host(cards, [Host.policy("cards", ids: [Host.mellanox])])
        switch recorded {
        case .newID: host.snapshot.drivers = [.vfioPCI: .loadable]
        case .secondCard: host.snapshot.registeredIDs = [.vfioPCI: [Host.mellanox]]
        case .bystander: host.policies.insert(Host.policy("kept", at: [Host.address(2)], action: .ignore), at: 0)
        case .forced: host.policies = [Host.policy("one", ids: [Host.mellanox], at: [Host.address(1)], method: .newID)]
        case .override: host.policies = [Host.policy("one", at: [Host.address(1)])]
        case .stale: host = Host([Host.card(1, override: "pci-stub")], host.policies)
        case .absent: host.policies[0] = Host.policy("cards", ids: [Host.mellanox, Host.intel])
        case .whole: host = Host(graphics, [Host.policy("gpu", ids: [Host.graphics], group: .whole)])
        case .refusedGroup: host = Host(graphics, [Host.policy("gpu", ids: [Host.graphics])])
        case .disk, .withoutRoot:
            let finding =
                recorded == .disk
                ? UseFinding(.busy, [.disk("sda1", .mounted(MountPoint("/")))], isOverridable: false)
                : UseFinding(.unknown, [.needsRoot])
            host.snapshot.uses = [Host.address(1): [.storage: finding]]
            host.snapshot.isComplete = recorded == .disk
            if recorded == .disk { host.request.overrides = [.storage] }
        case .missing: host.snapshot.drivers = [.vfioPCI: .missing]
        }
        return host
    }
}

/// A plan as text, every fact on a line of its own.
enum PlanText {
    static func text(_ plan: HostPlan) -> String {
        var lines = ["complete \(plan.isComplete)"]
        for function in plan.functions { lines += self.lines(function) }
        for registration in plan.registrations {
            let presence = registration.isPresent ? "present" : "absent"
            lines.append(
                "registration \(registration.id) \(registration.driver) by \(registration.policy), \(presence)")
        }
        for (address, driver) in plan.predicted.sorted(by: { $0.key < $1.key }) {
            lines.append("predicted \(address) \(driver?.text ?? "none")")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ plan: FunctionPlan) -> [String] {
        var lines = ["\(plan.function.address) \(plan.function.id) on \(plan.function.driver?.text ?? "none")"]
        lines.append("    \(plan.decision.rawValue) by \(plan.policy ?? "none"): \(plan.reason)")
        if let target = plan.target, let method = plan.method {
            lines.append("    target \(target) by \(method.rawValue), \(plan.timeout) s a write")
        }
        for finding in plan.guards {
            let evidence = finding.texts.map { "; \($0)" }.joined()
            let word = finding.refuses ? " refuses" : ""
            lines.append(
                "    guard \(finding.name.rawValue) \(finding.verdict.rawValue), \(finding.setting.rawValue)\(word)\(evidence)"
            )
        }
        lines += plan.warnings.map { "    warning \($0)" }
        lines += plan.steps.map { "    step \($0.operation.rawValue) \($0.path ?? "-") \"\($0.value)\"" }
        return lines
    }
}
