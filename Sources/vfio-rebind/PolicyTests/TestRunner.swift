import HostFiles
import Passthrough
import PolicyFiles
import SnapshotFiles
import SystemPackage

/// Runs policy test cases: plans for the host of each, and compares.
struct TestRunner {
    private let session: Session
    /// What each snapshot holds, planned once.
    private var planned: [String: Answer] = [:]

    /// The plan of one host.
    struct Answer {
        let plan: HostPlan
        let positions: [PCIAddress: Int]

        init(_ plan: HostPlan) {
            self.plan = plan
            positions = Dictionary(
                plan.functions.enumerated().map { ($0.element.function.address, $0.offset) },
                uniquingKeysWith: { first, _ in first })
        }

        func function(at address: PCIAddress) -> FunctionPlan? { positions[address].map { plan.functions[$0] } }
    }

    init(_ session: Session) { self.session = session }

    /// Reads test files. Status 65 with every error of all of them.
    static func cases(_ files: [String]) throws(Failure) -> [TestCase] {
        var cases: [TestCase] = []
        var errors: [String] = []
        for file in files {
            do throws(Errno) {
                let document = TestDocument(try Root.host.read(file, limit: 64 << 20), file: file)
                cases += document.cases
                errors += document.errors.map(\.description)
            } catch {
                errors.append("\(file): cannot be read: \(error)")
            }
        }
        guard errors.isEmpty else {
            let count = errors.count == 1 ? "an error" : "\(errors.count) errors"
            throw Failure(
                status: .invalidData, message: "\(count) in the test files; nothing was tested", details: errors)
        }
        return cases
    }

    mutating func result(of test: TestCase) throws(Failure) -> TestResult {
        let answer = try answer(test)
        guard let function = answer.function(at: test.address) else {
            return TestResult(test: test, actual: nil)
        }
        let driver = answer.plan.predicted[test.address] ?? function.function.driver
        return TestResult(test: test, actual: TestResult.Actual(function, driver: driver))
    }

    private mutating func answer(_ test: TestCase) throws(Failure) -> Answer {
        let session = session
        switch test.host {
        case .functions(let captured): return Answer(plan(captured))
        case .here: return try answer("") { () throws(Failure) in try session.plan(PlanRequest()).plan }
        case .snapshot(let path):
            let folder = test.file.lastIndex(of: "/").map { test.file[...$0] } ?? ""
            let place = path.hasPrefix("/") ? path : folder + path
            return try answer(place) { () throws(Failure) in
                let planner = Planner(policies: session.policies)
                return planner.plan(try HostSource.capture(place).prepared(for: planner))
            }
        }
    }

    private mutating func answer(_ key: String, _ plan: () throws(Failure) -> HostPlan) throws(Failure) -> Answer {
        if let known = planned[key] { return known }
        let answer = Answer(try plan())
        planned[key] = answer
        return answer
    }

    /// The plan of functions that are made up: every driver can be had, and nothing was done before.
    func plan(_ captured: [CapturedFunction]) -> HostPlan {
        let functions = captured.map(\.function)
        let uses = Dictionary(captured.map { ($0.function.address, $0.uses) }, uniquingKeysWith: { first, _ in first })
        // Named, so that policies about other types are not asked what they would register.
        let request = PlanRequest(addresses: Set(functions.map(\.address)), isByUser: false)
        return Planner(policies: session.policies, request: request).plan(
            HostSnapshot(functions: functions, uses: uses))
    }
}
