import Passthrough
import SnapshotFiles
import TOML

/// Writes a host's present decisions as cases, to be edited.
struct TestText {
    private let snapshot: HostSnapshot
    private let plan: HostPlan
    private let runner: TestRunner

    init(_ session: Session) throws(Failure) {
        (plan, snapshot) = try session.plan(PlanRequest())
        runner = TestRunner(session)
    }

    /// A case for each function that a policy names. What a case made of functions alone does not show, for the journal of the
    /// host has a part in it, is left out and said.
    var text: String {
        let named = plan.functions.filter { $0.decision != .unmatched }
        guard !named.isEmpty else {
            return "# No policy matches a function of this host, so there is no decision to test.\n"
        }
        let head =
            "# Decisions of this host, as they were when this was written: keep what matters, change what is wrong.\n"
        return head + named.map { "\n" + text(of: $0) }.joined()
    }

    private func text(of decided: FunctionPlan) -> String {
        let function = decided.function
        let functions = surroundings(of: function).map { function in
            var captured = CapturedFunction(function)
            captured.uses = (snapshot.uses[function.address] ?? [:]).filter { $0.value.verdict == .busy }
            return captured
        }
        let again = runner.plan(functions)
        let actual = TestResult.Actual(
            decided, driver: plan.predicted[function.address] ?? function.driver)
        let same = again.functions.first { $0.function.address == function.address }.map {
            TestResult.Actual($0, driver: again.predicted[function.address] ?? function.driver)
        }
        guard let same, same.decision == actual.decision, same.policy == actual.policy, same.driver == actual.driver
        else {
            return "# \(function.address) is \(actual.decision.rawValue) here: \(MessageLine.plain(actual.reason))\n"
                + "# That takes more than its attributes; a case with `snapshot = \"…\"` shows it.\n"
        }
        var expect = ["decision = \"\(same.decision.rawValue)\""]
        if let policy = same.policy { expect.append("policy = \(TOMLText.quoted(policy))") }
        if let method = same.method { expect.append("method = \"\(method.rawValue)\"") }
        expect.append("driver = \(TOMLText.quoted(same.driver?.text ?? "none"))")
        if let refusal = same.guards.first { expect.append("guard = \"\(refusal.rawValue)\"") }
        let tables = functions.map { "    \($0.tomlText)," }.joined(separator: "\n")
        return """
            [[case]]
            name = \(TOMLText.quoted("\(function.address) \(function.id)"))
            functions = [
            \(tables)
            ]
            address = "\(function.address)"
            expect = { \(expect.joined(separator: ", ")) }

            """
    }

    /// The function, its IOMMU group, and the others of its type.
    private func surroundings(of function: PCIFunction) -> [PCIFunction] {
        var addresses = Set([function.address])
        addresses.formUnion(snapshot.groupMates(of: function).map(\.address))
        let types = snapshot.functions(of: function.id)
        addresses.formUnion(types.map(\.address))
        for other in types { addresses.formUnion(snapshot.groupMates(of: other).map(\.address)) }
        return addresses.sorted().compactMap { snapshot.function(at: $0) }
    }
}
