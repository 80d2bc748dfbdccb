import Passthrough
import PolicyFiles
import SnapshotFiles

struct CaseFileReader: FuzzReader {
    private let policies = PolicySet([Policy(name: "all", match: Match(roles: [.physical, .virtual]))])

    func complaint(_ bytes: [UInt8]) -> String? {
        let document = TestDocument(bytes, file: "fuzz.toml")
        _ = document.errors.map(\.description)
        for each in document.cases {
            guard case .functions(let functions) = each.host else { continue }
            var snapshot = HostSnapshot(functions: functions.map(\.function))
            for captured in functions { snapshot.uses[captured.function.address] = captured.uses }
            _ = Planner(policies: policies).plan(snapshot).predicted(on: snapshot)
        }
        return nil
    }
}
