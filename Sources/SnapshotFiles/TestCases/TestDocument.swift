import JSON
import Passthrough
package import PolicyFiles
import TOML

/// Reads a test file; every error of every case is collected.
package struct TestDocument {
    package private(set) var cases: [TestCase] = []
    package private(set) var errors: [PolicyError]

    private static let keys = ["name", "function", "functions", "snapshot", "address", "expect"]
    private static let useGuards: [Guard] = [.storage, .network, .open, .console, .libvirt, .identity, .inUse]

    package init(_ bytes: [UInt8], file: String) {
        let document = TableList(bytes, of: "case", file: file)
        errors = document.errors
        for (table, scope) in document.tables { read(table, scope) }
    }

    private mutating func read(_ table: TOMLTable, _ scope: ErrorScope) {
        var scope = scope
        if case .string(let name)? = table["name"], !name.isEmpty { scope.name = name }
        var reader = TableReader(table, known: TestDocument.keys, scope: scope)
        let name = reader.value("name", .nonEmptyText)
        if !reader.has("name") { reader.fail("name", "is missing; write name = \"…\"") }
        let host = readHost(table, &reader)
        var address = reader.value("address", TestDocument.addressForm)
        if case .functions(let functions)? = host {
            if !reader.has("address"), functions.count == 1 { address = functions[0].function.address }
            if let address, !functions.contains(where: { $0.function.address == address }) {
                reader.fail("address", "\(address) is none of the functions")
            }
        }
        if address == nil, !reader.has("address"), host != nil {
            reader.fail("address", "is missing: which function is it about?")
        }
        let expected = readExpectation(&reader)
        errors += reader.errors
        guard reader.errors.isEmpty, let name, let host, let address, let expected else { return }
        cases.append(TestCase(name: name, file: scope.file, host: host, address: address, expected: expected))
    }

    private func readHost(_ table: TOMLTable, _ reader: inout TableReader) -> TestCase.Host? {
        let given = ["function", "functions", "snapshot"].filter { reader.has($0) }
        guard given.count < 2 else {
            reader.fail(given[1], "there is \(given[0]) too; one of them is right")
            return nil
        }
        switch given.first {
        case nil: return .here
        case "snapshot": return reader.value("snapshot", .nonEmptyText).map { .snapshot($0) }
        case "function": return readFunction(table["function"], "function", &reader).map { .functions([$0]) }
        default:
            guard case .array(let nodes)? = table["functions"], !nodes.isEmpty else {
                reader.fail("functions", "must be a list of functions, [ { address = \"…\", id = \"…\" } ]")
                return nil
            }
            var functions: [CapturedFunction] = []
            var seen: Set<PCIAddress> = []
            for (index, node) in nodes.enumerated() {
                guard let function = readFunction(node.value, "functions[\(index)]", &reader) else { continue }
                let address = function.function.address
                if !seen.insert(address).inserted { reader.fail("functions[\(index)]", "\(address) is there twice") }
                functions.append(function)
            }
            return functions.count == nodes.count ? .functions(functions) : nil
        }
    }

    private func readFunction(_ value: TOMLValue?, _ key: String, _ reader: inout TableReader) -> CapturedFunction? {
        guard case .table(let table)? = value else {
            reader.fail(key, "must be a table, { address = \"…\", id = \"…\" }, not \(value?.typeName ?? "nothing")")
            return nil
        }
        let facts = TOMLTable(table.members.filter { $0.key != "in_use" }, at: table.position)
        do throws(JSONError) {
            var function = try CapturedFunction(JSONValue(.table(facts)))
            if let inUse = table["in_use"], let uses = readUses(inUse, "\(key).in_use", &reader) {
                function.uses.merge(uses) { _, new in new }
            }
            return function
        } catch {
            let place = error.place.isEmpty ? "" : ".\(error.place)"
            reader.fail(key + place, error.reason)
            return nil
        }
    }

    /// `in_use = { storage = "nvme0n1p2 is mounted on /var" }`, a sentence or a list of them for each guard.
    private func readUses(_ value: TOMLValue, _ key: String, _ reader: inout TableReader) -> [Guard: UseFinding]? {
        guard case .table(let entries) = value else {
            reader.fail(key, "must be a table, { storage = \"sda1 is mounted on /\" }, not \(value.typeName)")
            return nil
        }
        let known = TestDocument.useGuards.map(\.rawValue)
        var inner = TableReader(entries, known: known, scope: reader.scope.below(key))
        var uses: [Guard: UseFinding] = [:]
        for asked in TestDocument.useGuards {
            guard let texts = inner.values(asked.rawValue, .nonEmptyText) else { continue }
            uses[asked] = UseFinding(.busy, texts.map { .recorded($0, nil) }, isOverridable: asked != .inUse)
        }
        reader.take(inner.errors)
        return uses
    }

    private func readExpectation(_ reader: inout TableReader) -> TestCase.Expectation? {
        guard let table = reader.table("expect") else {
            if !reader.has("expect") { reader.fail("expect", "is missing; write expect = { decision = \"rebind\" }") }
            return nil
        }
        var inner = TableReader(
            table, known: ["decision", "policy", "method", "driver", "guard"], scope: reader.scope.below("expect"))
        if table.isEmpty { inner.fail("", "is empty; write expect = { decision = \"rebind\" }") }
        let expected = TestCase.Expectation(
            decision: inner.value("decision", .choice), policy: inner.value("policy", .name),
            method: inner.value("method", .choice), driver: inner.value("driver", TestDocument.driverForm),
            guardName: inner.value("guard", .choice))
        reader.take(inner.errors)
        return expected
    }

    private static var addressForm: ValueForm<PCIAddress> {
        ValueForm(example: "\"0000:01:00.0\"", parse: { PCIAddress($0) }, reason: { _ in "must be an address" })
    }

    private static var driverForm: ValueForm<String> {
        ValueForm(
            example: "\"vfio-pci\"", parse: { DriverName($0)?.text },
            reason: { _ in "must be a driver's name, or \"none\"" })
    }
}
