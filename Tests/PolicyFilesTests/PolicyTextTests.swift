import Passthrough
import Testing

@testable import PolicyFiles

@Suite struct PolicyTextTests {
    @Test func theCanonicalForm() throws {
        let document = read(
            """
            [[policy]]
            timeout = 0x3C
            guards = { network = "off", storage = "warn" }
            group = "whole"
            name = 'roce'
            description = "a \\"b\\" \\\\ \\u0001 ä"
            method = "driver_override"
            driver = "mlx5_vfio_pci"
            action = "ignore"
            [policy.match]
            address = "0001:000:001:0"
            id = ["15B3:1003", "15b3:*"]
            [policy.except]
            pchid = "01C0"
            numa_node = [0, 1]
            driver = ["none"]
            function = "virtual"
            slot = "3"
            """)
        #expect(document.messages == [])
        #expect(
            document.policies.first?.tomlText == """
                [[policy]]
                name = "roce"
                description = "a \\"b\\" \\\\ \\u0001 ä"
                match = { id = ["15b3:1003", "15b3:*"], address = "0001:00:01.0" }
                except = { driver = "none", slot = "3", function = "virtual", numa_node = [0, 1], pchid = "0x1c0" }
                action = "ignore"
                driver = "mlx5_vfio_pci"
                method = "driver_override"
                group = "whole"
                guards = { storage = "warn", network = "off" }
                timeout = 60

                """)
        #expect(Policy(name: "a", match: Match(classes: [])).tomlText.contains("match = { class = [] }"))
    }

    @Test func readingWhatIsPrintedGivesTheSamePolicy() {
        var generator = SeededGenerator(state: 1)
        for round in 0..<max(100, Int(3_000 * testScale)) {
            var policies = (0..<3).map { RandomPolicy.make("p\(round)-\($0)", &generator) }
            let document = read(policies.map(\.tomlText).joined(separator: "\n"))
            #expect(document.messages == [])
            for index in policies.indices {
                policies[index].file = "p.toml"
                policies[index].line = document.policies.indices.contains(index) ? document.policies[index].line : nil
            }
            #expect(document.policies == policies)
            #expect(document.policies.map(\.line).allSatisfy { $0 != nil })
        }
    }
}

/// Policies with every key that can be read, now and then.
enum RandomPolicy {
    static func make(_ name: String, _ generator: inout SeededGenerator) -> Policy {
        var policy = Policy(name: name, match: match(&generator))
        if chance(&generator) { policy.except = match(&generator) }
        if chance(&generator) { policy.description = text(&generator) }
        policy.action = pick([.passthrough, .ignore], &generator)
        policy.driver =
            [DriverName.vfioPCI, .pciStub, DriverName("ä\"\\b")].compactMap(\.self).randomElement(using: &generator)
            ?? .vfioPCI
        if chance(&generator) {
            policy.access = Access(user: "qemu", mode: UInt32.random(in: 0...0o777, using: &generator))
        }
        if chance(&generator) {
            policy.choosesVariant = true
            policy.driver = .vfioPCI
        }
        policy.group = pick([.require, .whole, .ignore], &generator)
        let isExact = policy.match.ids?.allSatisfy { $0.exact != nil } ?? false
        policy.method = pick(
            isExact && !policy.choosesVariant ? [.auto, .newID] : [.auto, .driverOverride], &generator)
        if chance(&generator) { policy.timeout = Int.random(in: 1...3600, using: &generator) }
        for asked in Guard.allCases where chance(&generator) {
            let isFixed = asked.isUnconditional || asked == .group
            policy.guards[asked] = isFixed ? .enforce : pick([.enforce, .warn, .off], &generator)
        }
        return policy
    }

    private static func match(_ generator: inout SeededGenerator) -> Match {
        var match = Match()
        if chance(&generator) {
            match.ids = some(["15b3:1003", "15b3:*", "*:0001", "0000:0000"], &generator) { IDPattern($0) }
        }
        if chance(&generator) { match.subsystems = some(["1014:*", "0000:0001"], &generator) { IDPattern($0) } }
        if chance(&generator) { match.classes = some(["02", "0200", "0c0330"], &generator) { ClassPrefix($0) } }
        if chance(&generator) {
            match.addresses = some(["01:00.0", "10000:e1:1f.7", "*:[0-3]?.*", "0001:000:000:0"], &generator) {
                AddressPattern($0)
            }
        }
        if chance(&generator) { match.drivers = some(["none", "nvme", "a\"b\\"], &generator) { DriverPattern($0) } }
        if chance(&generator) {
            match.roles = some(["any", "physical", "virtual"], &generator) { RolePattern(rawValue: $0) }
        }
        if chance(&generator) { match.physicalFunctions = some(["01:00.0", "*"], &generator) { AddressPattern($0) } }
        if chance(&generator) { match.paths = some(["**/01", "*:1c.?/[0-3]*"], &generator) { PathPattern($0) } }
        if chance(&generator) { match.slots = some(["3", "a\"b\\"], &generator) { $0 } }
        if chance(&generator) {
            match.serialNumbers = some(["00-00-c9-ff-ff-00-00-01"], &generator) { SerialNumber($0) }
        }
        if chance(&generator) { match.removabilities = [pick(Removability.allCases, &generator)] }
        if chance(&generator) { match.numaNodes = some(["0", "12"], &generator) { Int($0) } }
        if chance(&generator) { match.fids = some(["0x100", "ffffffff"], &generator) { ZPCINumber($0) } }
        if chance(&generator) { match.uids = some(["0", "1"], &generator) { ZPCINumber($0) } }
        if chance(&generator) { match.pchids = some(["1c0"], &generator) { ZPCINumber($0) } }
        if match.isEmpty { match.ids = some(["10de:2204"], &generator) { IDPattern($0) } }
        return match
    }

    private static func some<Value>(_ texts: [String], _ generator: inout SeededGenerator, _ parse: (String) -> Value?)
        -> [Value]
    {
        (0..<Int.random(in: 1...3, using: &generator)).compactMap { _ in
            texts.randomElement(using: &generator).flatMap(parse)
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let scalars = (0..<20).compactMap { _ in Unicode.Scalar(UInt32.random(in: 1...0x2fff, using: &generator)) }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func chance(_ generator: inout SeededGenerator) -> Bool {
        Int.random(in: 0..<3, using: &generator) == 0
    }

    private static func pick<Value>(_ values: [Value], _ generator: inout SeededGenerator) -> Value {
        values[Int.random(in: 0..<values.count, using: &generator)]
    }
}
