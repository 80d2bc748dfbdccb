import JSON
import Passthrough
import SnapshotFiles

struct SnapshotFileReader: FuzzReader {
    func complaint(_ bytes: [UInt8]) -> String? {
        do throws(JSONError) {
            let capture = try SnapshotDocument.capture(bytes)
            let text = SnapshotText.bytes(capture)
            let policy = Policy(name: "all", match: Match(roles: [.physical, .virtual]))
            _ = Planner(policies: PolicySet([policy])).plan(capture.snapshot).predicted(on: capture.snapshot)
            guard let again = try? SnapshotDocument.capture(text) else { return "what was written does not read" }
            return SnapshotText.bytes(again) == text ? nil : "what was written reads as something else"
        } catch {
            return error.description.isEmpty ? "an error without words" : nil
        }
    }
}
